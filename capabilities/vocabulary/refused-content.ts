import { hasPaymentCard, hasIban } from './account-numbers.ts'
import { hasCapabilityToken } from './capability-tokens.ts'
import { hasEncodedData } from './encoded-data.ts'
import { hasApiKey, hasPrivateKey } from './secrets.ts'

/** what a buyer can forbid by name */
export const PRESET_WORDS = {
  payment_card: 'payment card numbers',
  iban: 'bank account numbers (IBAN)',
  private_key: 'private keys',
  api_key: 'API keys',
  capability_token: 'capability tokens',
  encoded_data: 'long runs of encoded data',
} as const

type Preset = keyof typeof PRESET_WORDS

const FINDERS: Record<Preset, (text: string) => boolean> = {
  payment_card: hasPaymentCard,
  iban: hasIban,
  private_key: hasPrivateKey,
  api_key: hasApiKey,
  capability_token: hasCapabilityToken,
  encoded_data: hasEncodedData,
}

/** everything that is neither letter nor digit; combining marks too, unless they compose into a letter */
const FILLING = /[^\p{L}\p{N}]+/gu

export function isPreset(item: string): item is Preset {
  return Object.hasOwn(FINDERS, item)
}

/** letters and digits only: `p-r o\u200bject` is `project` */
export function squeeze(text: string): string {
  return text.toWellFormed().normalize('NFKC').toLowerCase().normalize('NFKC').replace(FILLING, '')
}

/** those of the items that occur in one of the texts. Stops accidents and verbatim copies; a paraphrase passes */
export function findRefused(items: readonly string[], texts: readonly string[]): string[] {
  const literals = items.filter((item) => !isPreset(item))
  const squeezed = literals.length > 0 ? texts.map(squeeze) : []
  return items.filter((item) =>
    isPreset(item)
      ? texts.some((text) => FINDERS[item](text))
      : squeezed.some((text) => text.includes(squeeze(item))),
  )
}
