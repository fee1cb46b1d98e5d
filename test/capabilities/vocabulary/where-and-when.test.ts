import { describe, expect, test } from 'vitest'
import { expiry, expirySchema, instantWords } from '../../../capabilities/vocabulary/expiry.ts'
import { isZone, localTime } from '../../../capabilities/vocabulary/local-time.ts'
import { locations, locationsSchema, toOrigin } from '../../../capabilities/vocabulary/locations.ts'
import { isOpenDomain } from '../../../capabilities/vocabulary/open-domains.ts'
import { NOW, read } from '../token-for.ts'

describe('expires_at', () => {
  const end = { expires_at: '2026-11-24T10:00:00Z' }

  test('is the first second that is too late', () => {
    expect(expiry.permits(end, read(), { now: NOW - 1 })).toBe(true)
    expect(expiry.permits(end, read(), { now: NOW })).toBe(false)
    expect(expiry.permits(end, read(), { now: NaN })).toBe(false)
  })

  test('comes back from its caveat, and reads as words', () => {
    const leaf = expiry.caveat(end)
    expect(leaf && expiry.decompile(leaf, {})).toEqual(end)
    expect(expiry.phrase(end)).toBe('until 24 November 2026, 10:00 UTC')
    expect(expiry.explain(end, read())).toEqual({
      refused: 'this ended at 24 November 2026, 10:00 UTC',
      allowed: 'nothing after 24 November 2026, 10:00 UTC',
    })
    expect(instantWords('2026-01-02T00:05:59Z')).toBe('2 January 2026, 00:05 UTC')
  })

  test('an equal or earlier end is inside, a later one is not', () => {
    const ending = (second: number): object => ({ expires_at: `2026-11-24T10:00:0${second}Z` })
    expect(expiry.subsumes(ending(5), ending(5))).toBe(true)
    expect(expiry.subsumes(ending(5), ending(4))).toBe(true)
    expect(expiry.subsumes(ending(5), ending(6))).toBe(false)
  })

  test.each([
    ['2026-12-01T01:00:00.999+01:00', '2026-12-01T00:00:00Z'],
    ['1970-01-01T00:00:01Z', '1970-01-01T00:00:01Z'],
    ['9999-12-31T23:59:59.9Z', '9999-12-31T23:59:59Z'],
  ])('%s is written as %s', (text, instant) => {
    expect(expirySchema.parse(text)).toBe(instant)
  })

  test.each(['1970-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59-01:00', '2026'])(
    '%s is no end',
    (text) => {
      expect(expirySchema.safeParse(text).success).toBe(false)
    },
  )
})

describe('local time', () => {
  const at = (text: string): number => Date.parse(text) / 1000

  test.each([
    ['UTC', '2026-11-23T00:00:00Z', 1, 0],
    ['UTC', '2026-11-29T23:59:59Z', 7, 1439],
    ['Europe/Paris', '2026-11-24T10:00:00Z', 2, 660],
    ['Europe/Paris', '2026-07-25T22:00:00Z', 7, 0],
    ['Asia/Kolkata', '2026-11-26T18:29:00Z', 4, 1439],
    ['America/St_Johns', '2026-11-27T03:31:00Z', 5, 1],
    ['Etc/GMT+12', '2026-11-28T12:00:00Z', 6, 0],
    ['America/Argentina/Buenos_Aires', '2026-11-25T12:00:00Z', 3, 540],
  ])('in %s at %s', (zone, instant, day, minute) => {
    expect(localTime(zone, at(instant))).toMatchObject({ day, minute })
    // the answer for one minute is kept, and given for no other
    expect(localTime(zone, at(instant) + 60)).not.toMatchObject({ day, minute })
    expect(localTime(zone, at(instant))).toMatchObject({ day, minute })
  })

  test('is none at no time', () => {
    const never = [NaN, Infinity, -Infinity, 8.64e12 + 60]
    expect(never.map((now) => localTime('UTC', now))).toEqual(never.map(() => undefined))
  })

  test.each(['', '+02:00', '02:00', 'Mars/Olympus', 'Europe/', '/Paris', ' UTC', 'UTC ', 'UTC\n'])(
    '%j is no zone',
    (name) => {
      expect(isZone(name)).toBe(false)
      expect(localTime(name, NOW)).toBeUndefined()
    },
  )

  test('of more zones than are kept each keeps its own', () => {
    const zones = Intl.supportedValuesOf('timeZone').slice(0, 70)
    const first = zones.map((zone) => localTime(zone, NOW))
    expect(first).not.toContain(undefined)
    expect(zones.map((zone) => localTime(zone, NOW))).toEqual(first)
  })
})

describe('locations', () => {
  const value = { locations: ['https://a.example', 'https://b.example'] }

  test('are asked about where a front is known', () => {
    const permits = (audience?: string): boolean =>
      locations.permits(value, read(), { now: NOW, ...(audience !== undefined && { audience }) })
    expect(permits('https://b.example')).toBe(true)
    expect(permits('https://c.example')).toBe(false)
    expect(permits()).toBe(true)
  })

  test('come back from their caveat, and read as words', () => {
    const leaf = locations.caveat(value)
    expect(leaf && locations.decompile(leaf, {})).toEqual(value)
    expect(locations.phrase(value)).toBe('through "https://a.example" or "https://b.example"')
    expect(locations.explain(value, read())).toEqual({
      refused: 'this front is not among the locations of the token',
      allowed: 'only "https://a.example" or "https://b.example"',
    })
    expect(locations.subsumes(value, { locations: ['https://a.example'] })).toBe(true)
    expect(locations.subsumes({ locations: ['https://a.example'] }, value)).toBe(false)
  })

  test.each([
    ['https://A.example', 'https://a.example'],
    ['http://127.0.0.1:4001/', 'http://127.0.0.1:4001'],
    ['https://a.example:443', 'https://a.example'],
  ])('%s is the origin %s', (text, origin) => {
    expect(toOrigin(text)).toBe(origin)
    expect(locationsSchema.parse([text])).toEqual([origin])
  })

  test.each([
    'a.example',
    'ftp://a.example/',
    'xhttps://a.example/',
    'httpsx://a.example/',
    'https://a.example/x',
    'https://a.example/?x',
    'https://a.example/#x',
    'https://user@a.example/',
    `https://${'a.'.repeat(130)}example`,
  ])('%s is none', (text) => {
    expect(locationsSchema.safeParse([text]).success).toBe(false)
  })
})

test('where anybody gets an address, a whole domain is strangers', () => {
  const free =
    'aol.com fastmail.com free.fr gmail.com gmx.com gmx.de gmx.net googlemail.com hotmail.com icloud.com live.com mail.com mail.ru me.com msn.com orange.fr outlook.com proton.me protonmail.com qq.com t-online.de web.de yahoo.com yandex.ru zoho.com'
  expect(free.split(' ').filter((domain) => !isOpenDomain(domain))).toEqual([])
  expect(['', 'acme.com', 'evil-gmail.com', 'gmail.com.evil.example'].some(isOpenDomain)).toBe(
    false,
  )
})
