import type { IncomingHttpHeaders } from 'node:http'

/** how somebody reads numbers and times */
export interface Reader {
  /** BCP 47 */
  readonly locale: string
  /** of the IANA database */
  readonly zone: string
}

/** what was chosen; null: nothing */
export interface ReaderChoice {
  readonly locale: string | null
  readonly zone: string | null
}

/** of whom nothing is known */
export const ANYBODY: Reader = { locale: 'en-GB', zone: 'UTC' }

/** those that can be chosen; the console's own words are English in each */
export const LOCALES: readonly string[] = [
  'en-GB',
  'en-US',
  'en-AU',
  'en-CA',
  'en-IE',
  'en-IN',
  'en-NZ',
  'en-ZA',
  'cs-CZ',
  'da-DK',
  'de-AT',
  'de-CH',
  'de-DE',
  'el-GR',
  'es-ES',
  'es-MX',
  'fi-FI',
  'fr-CA',
  'fr-FR',
  'hu-HU',
  'it-IT',
  'ja-JP',
  'nb-NO',
  'nl-NL',
  'pl-PL',
  'pt-BR',
  'pt-PT',
  'ro-RO',
  'sv-SE',
]

export const ZONES: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')].filter(
  (zone, n, all) => all.indexOf(zone) === n,
)

export function readerOf(chosen: ReaderChoice | undefined, headers: IncomingHttpHeaders): Reader {
  return {
    locale: chosen?.locale ?? acceptedLocale(headers['accept-language']) ?? ANYBODY.locale,
    zone: chosen?.zone ?? ANYBODY.zone,
  }
}

export function isLocale(text: string): boolean {
  return LOCALES.includes(text)
}

/** also an older name of a zone, which browsers still give */
export function toZone(text: string): string | undefined {
  if (!/^[\w+/-]{1,64}$/u.test(text)) return undefined
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions()
    return ZONES.includes(timeZone) ? timeZone : undefined
  } catch {
    return undefined
  }
}

/** RFC 9110 §12.5.4, in the order in which browsers write it: the first that we have, or one of the same language */
function acceptedLocale(header: string | undefined): string | undefined {
  const asked = (header ?? '')
    .slice(0, 200)
    .split(',')
    .map((part) => part.split(';')[0]?.trim().toLowerCase() ?? '')
  for (const tag of asked) {
    const language = tag.split('-')[0] ?? ''
    const found =
      LOCALES.find((locale) => locale.toLowerCase() === tag) ??
      LOCALES.find((locale) => language !== '' && locale.startsWith(`${language}-`))
    if (found !== undefined) return found
  }
  return undefined
}
