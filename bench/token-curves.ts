import { evaluate } from '../capabilities/index.ts'
import type { Check, Fact } from '../capabilities/token/syntax.ts'
import { attenuatedBy, verified } from './sample-token.ts'

export interface Point {
  readonly what: string
  readonly size: number
  readonly run: () => unknown
}

/** up to the bounds of the profile: a figure that grows faster than its size would be a way to keep a front busy */
export function curves(): Point[] {
  return [
    ...[1, 8, 16, 32].map((size) => point('checks in a block', size, { checks: size, facts: 0 })),
    ...[1, 16, 32, 64].map((size) => point('facts in a block', size, { checks: 1, facts: size })),
    ...[1, 8, 16, 24].map((size) => checkPoint('branches in a check', size, branched(size))),
    ...[1, 8, 16, 32].map((size) => checkPoint('predicates in a branch', size, joined(size))),
    ...[1, 8, 16, 24].map((size) => checkPoint('expressions in a branch', size, compared(size))),
    ...[1, 16, 64, 256].map((size) => requestPoint(size)),
  ]
}

function point(
  what: string,
  size: number,
  { checks, facts }: { checks: number; facts: number },
): Point {
  const token = attenuatedBy({
    facts: Array.from({ length: facts }, (_, index) => number('n', index)),
    checks: Array.from({ length: checks }, () => (facts === 0 ? onOperation : onNumbers)),
  })
  return { what, size, run: () => verified(token) }
}

/** verified and decided on: the last branch is the one that holds */
function checkPoint(what: string, size: number, check: Check): Point {
  const text = attenuatedBy({ facts: [], checks: [check] })
  const facts = [...onOperationFacts, number('n', 1)]
  const run = (): void => {
    if (!evaluate(verified(text), facts).allowed) throw new Error('it must be allowed')
  }
  return { what, size, run }
}

function branched(size: number): Check {
  const others = Array.from({ length: size - 1 }, (_, index) => operationIs(`other.${index}`))
  return { queries: [...others, operationIs(READING)] }
}

function joined(size: number): Check {
  const [query] = onNumbers.queries
  const predicates = Array.from({ length: size }, () => query?.predicates ?? []).flat()
  return { queries: [{ predicates, expressions: query?.expressions ?? [] }] }
}

function compared(size: number): Check {
  const [query] = onNumbers.queries
  const expressions = Array.from({ length: size }, () => query?.expressions ?? []).flat()
  return { queries: [{ predicates: query?.predicates ?? [], expressions }] }
}

/** request facts of one name, all of which a check must try */
function requestPoint(size: number): Point {
  const token = verified(attenuatedBy({ facts: [], checks: [onNumbers] }))
  const facts = [
    ...onOperationFacts,
    ...Array.from({ length: size }, (_, index) => number('n', index)),
  ]
  return { what: 'facts in a request', size, run: () => evaluate(token, facts) }
}

const READING = 'gmail.messages.read'
const onOperationFacts: readonly Fact[] = [
  { name: 'op', terms: [{ type: 'string', value: READING }] },
]
const onOperation: Check = { queries: [operationIs(READING)] }
const onNumbers: Check = {
  queries: [
    {
      predicates: [{ name: 'n', terms: [{ type: 'variable', name: 'x' }] }],
      expressions: [
        [
          { type: 'term', term: { type: 'variable', name: 'x' } },
          { type: 'term', term: { type: 'integer', value: 0 } },
          { type: 'binary', operator: 'greaterOrEqual' },
        ],
      ],
    },
  ],
}

function number(name: string, value: number): Fact {
  return { name, terms: [{ type: 'integer', value }] }
}

function operationIs(value: string): Check['queries'][number] {
  return { predicates: [{ name: 'op', terms: [{ type: 'string', value }] }], expressions: [] }
}
