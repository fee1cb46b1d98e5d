import type { ProviderType } from '../../../capabilities/index.ts'
import type { ConnectionError } from '../../../adapters/ports.ts'
import { OWNERS } from './owners.ts'

export interface Explained {
  readonly what: string
  readonly advice: string
}

/** these are the operator's to mend: RFC 6749 §5.2 and HubSpot's words for the same */
const OF_THE_SERVER = /\b(?:invalid_client|unauthorized_client|BAD_CLIENT_ID|BAD_CLIENT_SECRET)\b/u

/** why a connection does not work, in words that its buyer can act on */
export function explainBroken(provider: ProviderType, lastError: string | undefined): Explained {
  const { name } = OWNERS[provider]
  const error = lastError ?? ''
  if (OF_THE_SERVER.test(error)) {
    return {
      what: `${name} does not accept this server any more. Your account itself is fine.`,
      advice: `Ask whoever runs this server to look at its registration with ${name}. Then connect the account again.`,
    }
  }
  if (error.includes('another account')) {
    return {
      what: `What was stored for this account is now of another one at ${name}.`,
      advice: 'Connect this account again.',
    }
  }
  if (error.includes('cannot open')) {
    return {
      what: 'This server cannot open what it stored for this account any more.',
      advice: 'Connect the account again.',
    }
  }
  if (provider === 'stripe') {
    return {
      what: 'Stripe does not accept the key any more. It may have been deleted, rolled or narrowed.',
      advice: 'Make a new restricted key in Stripe and paste it under “Connect again”.',
    }
  }
  return {
    what: `${name} does not accept this access any more. It may have been withdrawn there, or have ended by itself.`,
    advice: 'Connect the account again. Grants that use it then work again.',
  }
}

const REFUSED: Readonly<Record<ProviderType, string>> = {
  gmail: 'Google let nobody look at this mailbox. Connect it again and leave reading ticked.',
  hubspot:
    'HubSpot does not accept this token. It may be mistyped or deleted. Copy it again from your private app.',
  stripe:
    'Stripe does not accept this key. It may be mistyped or deleted, or not be allowed to read its own account. Let it read the account (Connect: Account, read), then paste it again.',
}

const NO_SECRET: Readonly<Record<ProviderType, string>> = {
  gmail: 'This is nothing that Gmail can be connected with.',
  hubspot: 'This is not a token. The token of a private app begins with “pat-”. Paste it alone.',
  stripe:
    'This is not a key that can be used. Paste a restricted key alone; it begins with “rk_”. A publishable key (“pk_”) cannot do anything here.',
}

/** why what she just gave was not stored */
export function explainRefused(provider: ProviderType, error: ConnectionError): string {
  switch (error.code) {
    case 'broken':
      return REFUSED[provider]
    case 'not_connected':
      return NO_SECRET[provider]
    case 'provider_unreachable':
      return `${OWNERS[provider].name} did not answer as it should. Wait a moment, then try again.`
  }
}
