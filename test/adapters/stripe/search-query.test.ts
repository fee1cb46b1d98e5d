import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parseSearchQuery } from '../../../adapters/stripe/reading/search-query.ts'

const FIELDS = ['amount', 'created', 'customer', 'metadata', 'status']

function parsed(text: string): string {
  const found = parseSearchQuery(text, FIELDS)
  return found.ok ? found.query : `! ${found.problem}`
}

describe('a search in Stripe’s language', () => {
  it.each([
    [`customer:'cus_1'`, `customer:"cus_1"`],
    [`customer:"cus_1" AND amount>1000`, `customer:"cus_1" AND amount>1000`],
    [`customer:"cus_1"   amount>=1000`, `customer:"cus_1" AND amount>=1000`],
    [`-status:'succeeded'`, `-status:"succeeded"`],
    [
      `metadata['order']:'12' AND created<1700000000`,
      `metadata["order"]:"12" AND created<1700000000`,
    ],
    [`metadata["k"]:null`, `metadata["k"]:null`],
    [`status~"it's"`, `status~"it's"`],
  ])('%s', (text, query) => {
    expect(parsed(text)).toBe(query)
  })

  it.each([
    '',
    '   ',
    `customer:'cus_1' OR amount>0`,
    `customer:"cus_1" or amount>0`,
    `(customer:"cus_1")`,
    `customer:"cus_1" AND`,
    `AND customer:"cus_1"`,
    `customer:"cus_1"AND amount>0`,
    `customer:"cus_1" amount>0 OR amount>1`,
    `customer:"cus_1\\" OR amount>0 AND status:\\""`,
    `customer:"cus_1`,
    `customer:'cus_1"`,
    `customer : "cus_1"`,
    `email:"a@b.example"`,
    `customer:cus_1`,
    `customer["x"]:"y"`,
    `metadata:"y"`,
    `metadata["a b"]:"y"`,
    `metadata['k"]:"y"`,
    `amount>1e3`,
    `status:"a\u0000b"`,
    Array.from({ length: 11 }, () => 'amount>1').join(' AND '),
  ])('is refused: %s', (text) => {
    expect(parsed(text)).toMatch(/^! /)
  })

  test('what is accepted is read the same again, has no OR outside quotes, and names only fields that are shown', () => {
    const piece = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          'customer:"cus_1"',
          "status:'x'",
          'amount>5',
          '-amount<7',
          'metadata["k"]:"v"',
        ),
      },
      { weight: 4, arbitrary: fc.constantFrom(' AND ', ' ', '  and ', '\n') },
      fc.constantFrom(' OR ', '(', ')', '"', "'", 'email:"x"', '\\', 'OR', ':', '-', ' AND'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    let accepted = 0
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const found = parseSearchQuery(pieces.join(''), FIELDS)
        if (!found.ok) return
        accepted++
        expect(parseSearchQuery(found.query, FIELDS)).toEqual(found)
        const bare = found.query.replaceAll(/"[^"]*"|'[^']*'/g, '""')
        expect(bare).not.toMatch(/\bor\b|[()]/i)
        for (const clause of bare.split(' AND ')) {
          expect(FIELDS).toContain(/^-?([a-z_]+)/.exec(clause)?.[1])
        }
      }),
      { numRuns: 20_000 },
    )
    expect(accepted).toBeGreaterThan(500)
  })
})
