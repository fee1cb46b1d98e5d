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
