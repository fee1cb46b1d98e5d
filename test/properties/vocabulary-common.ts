import fc from 'fast-check'

/** what the arbitraries of every vocabulary are made of */
const ZONES = ['Europe/Paris', 'America/New_York', 'UTC']
const CLOCKS = ['00:00', '09:00', '10:30', '17:00', '24:00']
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
export const ENDS: string[] = [
  '2026-11-21T10:00:00Z',
  '2026-11-23T09:30:00Z',
  '2027-01-01T00:00:00Z',
]

export const AUDIENCE = 'http://127.0.0.1:4001'

/** edges of the pools above, and a Saturday */
export const moments: fc.Arbitrary<number> = fc
  .constantFrom(
    '2026-11-21T09:59:59Z',
    '2026-11-21T10:00:00Z',
    '2026-11-23T08:00:00Z',
    '2026-11-23T09:30:00Z',
    '2026-11-23T15:59:59Z',
    '2026-11-23T16:00:00Z',
    '2026-12-31T23:59:00Z',
  )
  .map((text) => Date.parse(text) / 1000)

export const some = (pool: string[]): fc.Arbitrary<string[]> => fc.subarray(pool, { minLength: 1 })
export const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 3 })

export const hours: fc.Arbitrary<object> = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    days: some(DAYS),
    window: fc.subarray(CLOCKS, { minLength: 2, maxLength: 2 }),
  })
  .map(({ zone, days, window: [from, to] }) => ({ zone, days, from, to }))

/** one in three fields: with more, next to nothing is ever allowed */
export const sparse = <T extends object>(record: fc.Arbitrary<T>): fc.Arbitrary<Partial<T>> =>
  record.chain((full) =>
    fc
      .subarray(Object.keys(full), { maxLength: Math.min(3, Object.keys(full).length) })
      .map(
        (keys) =>
          Object.fromEntries(
            Object.entries(full).filter(([key]) => keys.includes(key)),
          ) as Partial<T>,
      ),
  )

export function withoutUndefined(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}

export function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
