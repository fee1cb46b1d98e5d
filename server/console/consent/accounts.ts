import { PROVIDERS, type Capability, type ProviderType } from '../../../capabilities/index.ts'

/** one of the buyer's accounts */
export interface Account {
  readonly id: string
  readonly provider: string
  readonly account: string
}

/** as the buyer knows it */
export const PROVIDER_NAMES: Readonly<Record<ProviderType, string>> = {
  gmail: 'Gmail',
  hubspot: 'HubSpot',
  stripe: 'Stripe',
}

/** the form field in which the account of one kind is chosen */
export function accountField(provider: ProviderType): string {
  return provider === 'gmail' ? 'connection' : `connection-${provider}`
}

/** the kinds of account that these entries are about, in one order everywhere */
export function providersOf(capabilities: readonly Capability[]): ProviderType[] {
  return PROVIDERS.filter((one) => capabilities.some(({ type }) => type === one))
}

export function accountsOf(accounts: readonly Account[], provider: ProviderType): Account[] {
  return accounts.filter((one) => one.provider === provider)
}

interface Choosing {
  readonly accounts: readonly Account[]
  /** what she chose for this agent before */
  readonly earlier: readonly { readonly connections: Readonly<Record<string, string>> }[]
  readonly entered: ReadonlyMap<string, string> | undefined
}

/** the account that is chosen when the page is shown; what is said of earlier grants is said of those with this account */
export function chosenAccount(
  provider: ProviderType,
  { accounts, earlier, entered }: Choosing,
): string | undefined {
  const own = accountsOf(accounts, provider)
  const usual = earlier.map(({ connections }) => connections[provider])
  const first = own.find(({ id }) => usual.includes(id)) ?? own[0]
  return entered?.get(accountField(provider)) ?? first?.id
}
