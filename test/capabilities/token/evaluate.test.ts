import { describe, expect, test } from 'vitest'
import type { Decision } from '../../../capabilities/decision.ts'
import { appendBlock } from '../../../capabilities/token/attenuate.ts'
import { admitsKey, evaluate } from '../../../capabilities/token/evaluate.ts'
import { mintToken } from '../../../capabilities/token/mint.ts'
import { prepare, type Program } from '../../../capabilities/token/program.ts'
import type {
  BinaryOperator,
  Block,
  Check,
  Expression,
  Fact,
  Predicate,
  Term,
  Value,
} from '../../../capabilities/token/syntax.ts'
import {
  asked,
  binary,
  block,
  boolean,
  branch,
  check,
  date,
  fact,
  granted,
  integer,
} from './builders.ts'
import {
  predicate,
  root,
  set,
  string,
  strings,
  term,
  unary,
  variable,
  verified,
} from './builders.ts'
import { appendSource, decideByLibrary } from './library.ts'

const x = variable('x')
const y = variable('y')

/** both readers' verdicts; they may differ only where ours says `execution` */
function decide(blocks: readonly [Block, ...Block[]], facts: readonly Fact[]): Decision {
  const [authority, ...later] = blocks
  const token = later.reduce(
    (text, next) => appendBlock(text, next).token,
    mintToken(authority, root).token,
  )
  const decision = evaluate(verified(token), facts)
  const ours = decision.allowed ? 'allow' : 'deny'
  const library = decideByLibrary(token, facts)
  expect(library === 'allow' ? 'allow' : 'deny').toBe(ours)
  return decision
}

const decideCheck = (limits: Check, ...facts: Fact[]): Decision =>
  decide([block(granted, limits)], [...asked, ...facts])
const decideExpression = (expression: Expression): string => {
  const decision = decideCheck(check(branch([predicate('op', string('mail.read'))], expression)))
  return decision.allowed ? 'true' : decision.denial.reason === 'caveat' ? 'false' : 'error'
}

describe('the policy', () => {
  test('allows an operation that block 0 grants', () => {
    expect(decide([block(granted)], asked)).toEqual({ allowed: true })
  })

  test('refuses an operation without a right, and names it', () => {
    const decision = decide([block(granted)], [fact('op', string('mail.delete'))])
    expect(decision).toEqual({
      allowed: false,
      denial: { reason: 'no_right', operation: 'mail.delete' },
    })
  })

  test('refuses a request without an operation', () => {
    expect(decide([block(granted)], [])).toMatchObject({ denial: { reason: 'no_right' } })
  })

  test('refuses where no grant stands, also to blocks that never were a token', () => {
    const rights = block(granted.filter(({ name }) => name === 'right'))
    expect(evaluate({ program: prepare([rights]) }, asked).allowed).toBe(false)
    expect(evaluate({ program: prepare([]) }, asked).allowed).toBe(false)
    expect(evaluate({ program: prepare([block(granted)]) }, asked).allowed).toBe(true)
  })

  test('compares operation and right with their types', () => {
    const decision = decide(
      [block([...granted, fact('right', integer(1))])],
      [fact('op', string('1'))],
    )
    expect(decision.allowed).toBe(false)
  })

  test('takes no right from a later block', () => {
    // admission refuses the name `right` there; the scope alone must do it too
    const token = appendSource(mintToken(block(granted), root).token, 'note("mail.delete");')
    const { program, blocks } = verified(token)
    expect(blocks[1]?.facts).toHaveLength(1)
    expect(evaluate({ program }, [fact('op', string('mail.delete'))]).allowed).toBe(false)
  })
})

describe('scope', () => {
  const needsNote = check(branch([predicate('note', string('n'))]))
  const note = fact('note', string('n'))

  test('a check sees its own block, block 0 and the request', () => {
    expect(decide([block([...granted, note]), block([], needsNote)], asked).allowed).toBe(true)
    expect(decide([block(granted), block([note], needsNote)], asked).allowed).toBe(true)
    expect(decide([block(granted), block([], needsNote)], [...asked, note]).allowed).toBe(true)
  })

  test('a check does not see another later block, in either direction', () => {
    expect(decide([block(granted), block([note]), block([], needsNote)], asked).allowed).toBe(false)
    expect(decide([block(granted), block([], needsNote), block([note])], asked).allowed).toBe(false)
    expect(decide([block(granted, needsNote), block([note])], asked).allowed).toBe(false)
  })
})

describe('matching', () => {
  test.each<[string, Check, Fact[], boolean]>([
    ['a missing fact', check(branch([predicate('f', x)])), [], false],
    ['another name', check(branch([predicate('f', x)])), [fact('g', integer(1))], false],
    [
      'another number of terms',
      check(branch([predicate('f', x)])),
      [fact('f', integer(1), integer(2))],
      false,
    ],
    ['a constant', check(branch([predicate('f', integer(1))])), [fact('f', integer(1))], true],
    [
      'a constant of another type',
      check(branch([predicate('f', integer(1))])),
      [fact('f', date(1))],
      false,
    ],
    [
      'a set constant, whatever its order',
      check(branch([predicate('f', strings('a', 'b'))])),
      [fact('f', set(string('b'), string('a')))],
      true,
    ],
    [
      'a larger set',
      check(branch([predicate('f', strings('a', 'b'))])),
      [fact('f', strings('a', 'b', 'c'))],
      false,
    ],
    [
      'a smaller set',
      check(branch([predicate('f', strings('a', 'b'))])),
      [fact('f', strings('a'))],
      false,
    ],
    [
      'another set',
      check(branch([predicate('f', strings('a', 'b'))])),
      [fact('f', strings('a', 'c'))],
      false,
    ],
    [
      'one variable twice, equal',
      check(branch([predicate('f', x, x)])),
      [fact('f', integer(1), integer(1))],
      true,
    ],
    [
      'one variable twice, different',
      check(branch([predicate('f', x, x)])),
      [fact('f', integer(1), integer(2))],
      false,
    ],
    [
      'a join',
      check(branch([predicate('f', x), predicate('g', x)])),
      [fact('f', integer(1)), fact('f', integer(2)), fact('g', integer(2))],
      true,
    ],
    [
      'a join without a partner',
      check(branch([predicate('f', x), predicate('g', x)])),
      [fact('f', integer(1)), fact('g', integer(2))],
      false,
    ],
    [
      'any of several facts',
      check(branch([predicate('f', x)], binary(x, 'greaterThan', integer(1)))),
      [fact('f', integer(1)), fact('f', integer(2))],
      true,
    ],
    [
      'the second branch',
      check(branch([predicate('f', x)]), branch([predicate('g', x)])),
      [fact('g', integer(1))],
      true,
    ],
    [
      'a branch without predicates',
      check(branch([], binary(integer(1), 'lessThan', integer(2)))),
      [],
      true,
    ],
    [
      'strings with different normal forms',
      check(branch([predicate('f', string('é'))])),
      [fact('f', string('e\u0301'))],
      false,
    ],
    ['the name of a built-in property', check(branch([predicate('constructor', x)])), [], false],
  ])('%s', (_, limits, facts, allowed) => {
    expect(decideCheck(limits, ...facts).allowed).toBe(allowed)
  })

  test('every check of every block must hold', () => {
    const yes = check(branch([predicate('op', x)]))
    const no = check(branch([predicate('absent', x)]))
    expect(decide([block(granted, yes, yes), block([], yes)], asked).allowed).toBe(true)
    expect(decide([block(granted, yes, no), block([], yes)], asked)).toMatchObject({
      denial: { block: 0, check: 1 },
    })
    expect(decide([block(granted, yes, yes), block([], no)], asked)).toMatchObject({
      denial: { block: 1, check: 0 },
    })
  })
})

describe('the key alone', () => {
  const key = (name: string): Predicate => predicate('cnf_jkt', string(name))
  const program = (...blocks: Block[]): { program: Program } => ({ program: prepare(blocks) })
  const bound = block(granted, check(branch([predicate('audience', x)])), check(branch([key('k')])))

  test('is admitted where every check about it holds, whatever the others ask', () => {
    expect(admitsKey(program(bound), 'k')).toBe(true)
    expect(admitsKey(program(bound), 'other')).toBe(false)
  })

  test('is asked of every block, behind any other check', () => {
    const later = block([], check(branch([predicate('op', string('mail.send'))])))
    const torn = block([], check(branch([key('k2')])))
    expect(admitsKey(program(bound, later, torn), 'k')).toBe(false)
    expect(admitsKey(program(bound, later, torn), 'k2')).toBe(false)
  })

  test('is left to the decision where a check could do without it', () => {
    const either = check(branch([key('k')]), branch([predicate('op', string('mail.read'))]))
    expect(admitsKey(program(block(granted, either)), 'other')).toBe(true)
  })

  test('may be one that the agent’s key signed for, and no other', () => {
    const signer = 'ab'.repeat(32)
    const handed = {
      ...branch([predicate('cnf_jkt', x), predicate('delegated_jkt', x)]),
      trusting: signer,
    }
    const delegable = block(granted, check(branch([key('agent')]), handed))
    const delegated = {
      ...block([fact('delegated_jkt', string('k'))], check(branch([key('k')]))),
      signer,
    }
    expect(admitsKey(program(delegable), 'agent')).toBe(true)
    expect(admitsKey(program(delegable), 'k')).toBe(false)
    expect(admitsKey(program(delegable, delegated), 'k')).toBe(true)
    expect(admitsKey(program(delegable, delegated), 'agent')).toBe(false)
    expect(admitsKey(program(delegable, { ...delegated, signer: 'cd'.repeat(32) }), 'k')).toBe(
      false,
    )
  })
})

describe('operators', () => {
  const ab = strings('a', 'b')
  test.each<[Term, BinaryOperator, Term, 'true' | 'false' | 'error']>([
    [integer(1), 'lessThan', integer(2), 'true'],
    [integer(2), 'lessThan', integer(2), 'false'],
    [integer(2), 'lessOrEqual', integer(2), 'true'],
    [integer(3), 'greaterThan', integer(2), 'true'],
    [integer(2), 'greaterThan', integer(2), 'false'],
    [integer(2), 'greaterOrEqual', integer(2), 'true'],
    [integer(1), 'greaterOrEqual', integer(2), 'false'],
    [date(1), 'lessThan', date(2), 'true'],
    [date(2), 'lessOrEqual', date(1), 'false'],
    [date(2), 'greaterThan', date(1), 'true'],
    [date(1), 'lessThan', integer(2), 'error'],
    [string('a'), 'lessThan', string('b'), 'error'],
    [boolean(false), 'lessThan', boolean(true), 'error'],
    [string('a'), 'equal', string('a'), 'true'],
    [string('a'), 'equal', string('b'), 'false'],
    [string('1'), 'equal', integer(1), 'error'],
    [integer(1), 'equal', date(1), 'error'],
    [boolean(true), 'equal', boolean(true), 'true'],
    [date(3), 'equal', date(3), 'true'],
    [ab, 'equal', ab, 'true'],
    [ab, 'equal', strings('a'), 'false'],
    [set(), 'equal', set(), 'true'],
    [ab, 'equal', set(integer(1), integer(2)), 'false'],
    [string('1'), 'heterogeneousEqual', integer(1), 'false'],
    [integer(1), 'heterogeneousEqual', integer(1), 'true'],
    [ab, 'heterogeneousEqual', string('a'), 'false'],
    [ab, 'heterogeneousEqual', ab, 'true'],
    [ab, 'contains', string('a'), 'true'],
    [ab, 'contains', string('c'), 'false'],
    [ab, 'contains', integer(1), 'false'],
    [ab, 'contains', strings('b'), 'true'],
    [strings('b'), 'contains', ab, 'false'],
    [ab, 'contains', set(), 'true'],
    [set(), 'contains', ab, 'false'],
    [ab, 'contains', set(integer(1)), 'false'],
    [string('abc'), 'contains', string('b'), 'true'],
    [string('abc'), 'contains', string('B'), 'false'],
    [string('abc'), 'contains', string(''), 'true'],
    [string('abc'), 'contains', integer(1), 'error'],
    [integer(1), 'contains', integer(1), 'error'],
    [string('abc'), 'contains', ab, 'error'],
    [string('abc'), 'prefix', string('ab'), 'true'],
    [string('abc'), 'prefix', string('bc'), 'false'],
    [string('abc'), 'suffix', string('bc'), 'true'],
    [string('abc'), 'suffix', string('ab'), 'false'],
    [ab, 'prefix', strings('a'), 'error'],
    [integer(1), 'suffix', integer(1), 'error'],
    [boolean(true), 'and', boolean(true), 'true'],
    [boolean(true), 'and', boolean(false), 'false'],
    [boolean(false), 'or', boolean(true), 'true'],
    [boolean(false), 'or', boolean(false), 'false'],
    [boolean(true), 'or', integer(1), 'error'],
    [integer(1), 'and', boolean(true), 'error'],
    [ab, 'union', ab, 'error'],
    [string('a'), 'union', ab, 'error'],
    [ab, 'intersection', string('a'), 'error'],
  ])('%j %s %j is %s', (left, operator, right, expected) => {
    expect(decideExpression(binary(left, operator, right))).toBe(expected)
  })

  const equals = (left: Expression, right: Value): Expression => [
    ...left,
    term(right),
    { type: 'binary', operator: 'equal' },
  ]

  test.each<[string, Expression]>([
    ['length of a string is in bytes', equals(unary(string('é'), 'length'), integer(2))],
    ['length of a set is its members', equals(unary(ab, 'length'), integer(2))],
    ['length of the empty set is 0', equals(unary(set(), 'length'), integer(0))],
    ['parentheses change nothing', unary(boolean(true), 'parens')],
    [
      'intersection keeps what both have',
      equals(binary(ab, 'intersection', strings('b', 'c')), strings('b')),
    ],
    [
      'intersection of two types is empty',
      equals(binary(ab, 'intersection', set(integer(1))), set()),
    ],
    [
      'union has what either has',
      equals(binary(ab, 'union', strings('b', 'c')), strings('a', 'b', 'c')),
    ],
    ['union with nothing', equals(binary(set(), 'union', ab), ab)],
  ])('%s', (_, expression) => {
    expect(decideExpression(expression)).toBe('true')
  })

  test.each<[string, Expression]>([
    ['length of a number', equals(unary(integer(1), 'length'), integer(1))],
    ['length of a date', equals(unary(date(1), 'length'), integer(1))],
    ['a result that is no truth value', [term(integer(1))]],
    ['a set as a result', [term(ab)]],
  ])('%s is an error', (_, expression) => {
    expect(decideExpression(expression)).toBe('error')
  })

  test('a union of several types is an error, though the library would go on', () => {
    const limits = check(
      branch(
        [predicate('op', x)],
        [
          ...binary(ab, 'union', set(integer(1))),
          term(ab),
          { type: 'binary', operator: 'contains' },
        ],
      ),
    )
    const token = mintToken(block(granted, limits), root).token
    expect(evaluate(verified(token), asked)).toMatchObject({ denial: { reason: 'execution' } })
    expect(decideByLibrary(token, asked)).toBe('allow')
  })

  test.each([9, 40, 200])('containment of sets with %i members is exact', (size) => {
    const members = Array.from({ length: size }, (_, index) => string(`m${index}`))
    const f = (...values: Value[]): Fact => fact('f', ...values)
    const limits = check(
      branch(
        [predicate('f', x)],
        binary(set(...members.toSorted((a, b) => (a.value < b.value ? -1 : 1))), 'contains', x),
      ),
    )
    const decideMembers = (value: Value): boolean =>
      decide([block(granted.slice(0, 3), limits)], [...asked, f(value)]).allowed
    expect(decideMembers(set(...members.slice(1)))).toBe(true)
    expect(decideMembers(set(...members.slice(1), string('other')))).toBe(false)
    expect(decideMembers(set(...members.map((_, index) => integer(index))))).toBe(false)
  })
})

test.each([3, 40])(
  'a set of %i numbers contains no dates, though their values are the same',
  (size) => {
    const numbers = Array.from({ length: size }, (_, index) => index)
    const limits = check(
      branch([predicate('f', x)], binary(set(...numbers.map(integer)), 'contains', x)),
    )
    expect(decideCheck(limits, fact('f', set(...numbers.map(integer)))).allowed).toBe(true)
    expect(decideCheck(limits, fact('f', set(...numbers.map(date)))).allowed).toBe(false)
  },
)

describe('an error', () => {
  const wrongType = branch([predicate('f', x)], binary(x, 'lessThan', integer(5)))

  test('denies the whole, also when a later branch would hold', () => {
    const limits = check(wrongType, branch([predicate('op', x)]))
    expect(decideCheck(limits, fact('f', string('a')))).toMatchObject({
      allowed: false,
      denial: { reason: 'execution', block: 0, check: 0 },
    })
  })

  test('is not reached when an earlier branch holds, or an earlier condition does not', () => {
    const wrong = fact('f', string('a'))
    expect(decideCheck(check(branch([predicate('op', x)]), wrongType), wrong).allowed).toBe(true)
    const guarded = branch(
      [predicate('f', x)],
      binary(integer(2), 'lessThan', integer(1)),
      binary(x, 'lessThan', integer(5)),
    )
    expect(decideCheck(check(guarded), wrong)).toMatchObject({ denial: { reason: 'caveat' } })
  })

  test('denies under any binding, in whatever order the facts come', () => {
    const token = verified(mintToken(block(granted, check(wrongType)), root).token)
    const facts = [fact('f', integer(1)), fact('f', string('a'))]
    for (const order of [facts, facts.toReversed()]) {
      expect(evaluate(token, [...asked, ...order])).toMatchObject({
        denial: { reason: 'execution' },
      })
    }
  })
})

describe('explaining a denial', () => {
  const read = predicate('op', string('mail.read'))
  const send = predicate('op', string('mail.send'))
  const leaf = (name: string, limit: number) =>
    ({
      facts: predicate(name, variable(name)),
      condition: binary(variable(name), 'lessOrEqual', integer(limit)),
    }) as const
  const age = leaf('age', 10)
  const size = leaf('size', 10)
  const limits = check(
    branch([send]),
    branch([read, age.facts, size.facts], age.condition, size.condition),
  )
  const value = (name: string, number: number): Fact => fact(name, integer(number))

  test.each<[string, Fact[], object]>([
    [
      'the first leaf that fails',
      [value('age', 11), value('size', 11)],
      { branch: 1, failed: ['age'] },
    ],
    ['a later leaf', [value('age', 1), value('size', 11)], { branch: 1, failed: ['size'] }],
    ['a missing fact', [value('size', 1)], { branch: 1, failed: ['age'] }],
    ['a leaf before a missing fact', [value('age', 11)], { branch: 1, failed: ['age'] }],
  ])('names %s of the branch for the operation', (_, facts, expected) => {
    expect(decideCheck(limits, ...facts)).toMatchObject({
      denial: { reason: 'caveat', block: 0, check: 0, query: limits.queries[1], ...expected },
    })
  })

  test('names the operation when no branch does', () => {
    const decision = decideCheck(check(branch([send])))
    expect(decision).toMatchObject({
      denial: { branch: undefined, query: undefined, failed: ['op'] },
    })
  })

  test('of several branches for the operation takes the one that came furthest', () => {
    const several = check(
      branch([read, age.facts], age.condition),
      branch(
        [read, age.facts, size.facts],
        binary(variable('age'), 'lessOrEqual', integer(50)),
        size.condition,
      ),
    )
    expect(decideCheck(several, value('age', 20), value('size', 20))).toMatchObject({
      denial: { branch: 1, failed: ['size'] },
    })
  })

  test('names all facts of a leaf that compares two', () => {
    const pair = check(
      branch([read, predicate('f', x), predicate('g', y)], binary(x, 'lessThan', y)),
    )
    expect(decideCheck(pair, value('f', 2), value('g', 1))).toMatchObject({
      denial: { branch: 0, failed: ['f', 'g'] },
    })
  })

  test('names the fact of a check that is about no operation', () => {
    const timed = check(branch([predicate('time', x)], binary(x, 'lessThan', date(5))))
    expect(decideCheck(timed, fact('time', date(6)))).toMatchObject({
      denial: {
        branch: undefined,
        failed: ['time'],
        caveat: 'check if time($x), $x < 1970-01-01T00:00:05Z',
      },
    })
    expect(decideCheck(timed)).toMatchObject({ denial: { failed: ['time'] } })
  })
})

describe('cost', () => {
  const many = (name: string, count: number): Fact[] =>
    Array.from({ length: count }, (_, index) => fact(name, integer(index)))

  test('a join over request facts is cut off and denied', () => {
    // the token alone is cheap, so admission cannot see it coming
    const join = ['a', 'b', 'c', 'd', 'e'].map((name) => predicate('f', variable(name)))
    const limits = check(branch(join, binary(variable('a'), 'lessThan', integer(0))))
    const token = verified(mintToken(block(granted, limits), root).token)
    expect(evaluate(token, [...asked, ...many('f', 100)])).toMatchObject({
      denial: { reason: 'execution' },
    })
  })

  test('so is a join that comes to no condition', () => {
    const join = ['a', 'b', 'c', 'd', 'e'].map((name) => predicate('f', variable(name)))
    const limits = check(branch([...join, predicate('absent', x)]))
    const token = verified(mintToken(block(granted, limits), root).token)
    expect(evaluate(token, [...asked, ...many('f', 100)])).toMatchObject({
      denial: { reason: 'execution' },
    })
  })

  test('long texts and large sets count for their size', () => {
    const text = fact('text', string('a'.repeat(1_000_000)))
    const limits = check(
      ...Array.from({ length: 20 }, () =>
        branch([predicate('text', x)], binary(x, 'contains', string('b'))),
      ),
    )
    const token = verified(mintToken(block(granted, limits), root).token)
    expect(evaluate(token, [...asked, text])).toMatchObject({ denial: { reason: 'execution' } })
  })
})
