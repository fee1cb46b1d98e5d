import type { ProviderType } from '../../../capabilities/index.ts'

/** whose page a buyer comes to, and where she finds what she allowed there */
export const OWNERS: Readonly<
  Record<ProviderType, { readonly name: string; readonly ends: string }>
> = {
  gmail: {
    name: 'Google',
    ends: 'In your Google account, open Security, then the apps and services with access, and remove this one.',
  },
  hubspot: {
    name: 'HubSpot',
    ends: 'In HubSpot, open Settings, then Integrations. Under Connected apps, uninstall this one; under Private apps, delete or rotate the token.',
  },
  stripe: {
    name: 'Stripe',
    ends: 'In Stripe, open Developers, then API keys, and delete the key.',
  },
}

/** an account as its buyer knows it: the number of a portal says nothing by itself */
export function nameOfAccount({
  provider,
  account,
}: {
  readonly provider: ProviderType
  readonly account: string
}): string {
  return provider === 'hubspot' ? `HubSpot account ${account}` : account
}
