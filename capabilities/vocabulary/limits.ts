import { z } from 'zod'
import type { Predicate } from '../token/syntax.ts'
import {
  LIMIT_UNITS,
  LIMIT_WINDOWS,
  type Conditions,
  type Limit,
  type LimitUnit,
  type LimitWindow,
} from './capability.ts'
import {
  findBudget,
  isCountedBy,
  parseDimension,
  toDimension,
  UNITS,
  type Budget,
  type Subject,
} from './budget.ts'
import { currencySchema } from './amount.ts'
import { budgetWords } from './budget-words.ts'
import { constraint, type Answer, type Constraint } from './constraint.ts'
import { isZone } from './local-time.ts'
import { constantsOf, equals, fact, integer, string } from './terms.ts'
import { printWindow, parseWindow } from './time-window.ts'

/** each is a leaf in every branch of its entry, and a row that a call locks */
const MAX_LIMITS = 8
/** a token that wants more different counters than this for one call is no grant of ours */
export const MAX_BUDGETS = 32

const limitSchema: z.ZodType<Limit> = z
  .strictObject({
    per: z.enum(LIMIT_WINDOWS),
    calls: z.int().min(1).optional(),
    recipients: z.int().min(1).optional(),
    new_recipients: z.int().min(1).optional(),
    bytes: z.int().min(1).optional(),
    amount: z.int().min(1).optional(),
    currency: currencySchema.optional(),
    zone: z
      .string()
      .max(64)
      .refine(isZone, 'expected an IANA time zone such as Europe/Paris')
      .optional(),
    together: z.literal(true).optional(),
    over: z.enum(['refuse', 'ask']).optional(),
  })
  .refine((limit) => LIMIT_UNITS.filter((unit) => limit[unit] !== undefined).length === 1, {
    message: `a limit is of one unit: name one of ${LIMIT_UNITS.map((unit) => `\`${unit}\``).join(', ')}`,
  })
  .refine(({ bytes, together }) => bytes === undefined || together === undefined, {
    message: 'what is read is counted alone: leave out `together`',
  })
  .refine(({ per, zone }) => per !== 'grant' || zone === undefined, {
    message: 'a limit of the whole grant knows no `zone`',
  })
  .refine(({ amount, currency }) => (amount === undefined) === (currency === undefined), {
    message: 'an `amount` is of one `currency`, and nothing else has one',
  })
  .refine(({ bytes, over }) => bytes === undefined || over !== 'ask', {
    message: 'what is read is not asked for: leave out `over`',
  })
  .transform(({ over, zone, ...limit }) => ({
    ...limit,
    ...(zone !== undefined && zone !== 'UTC' && { zone }),
    ...(over === 'ask' && { over }),
  }))

export const limitsSchema: z.ZodType<readonly Limit[]> = z
  .array(limitSchema)
  .min(1, 'leave the field out instead of giving an empty list')
  .max(MAX_LIMITS)
  .refine((limits) => new Set(limits.map(slotOf)).size === limits.length, {
    message: 'two limits of the same unit and window: name one of them',
  })
  .transform(inOrder)

/**
 * One limit of one subject: `budget_ok("<dimension>", "<window>", <max>)`. Whether it holds is no fact of a request: a front
 * asserts it when it has taken the call's part from the counter, and a front that counts nothing never does.
 */
function limitOn(subject: Subject, unit: LimitUnit, per: LimitWindow): Constraint {
  const toBudget = ({ max, zone, currency }: Bound): Budget => ({
    dimension: toDimension({ subject, unit, currency }),
    window: printWindow({ per, zone }),
    max,
  })
  return constraint<Bound>({
    name: `limits.${unit}`,
    predicate: 'budget_ok',
    get: ({ limits }) => findBound(limits, subject, unit, per),
    set: (conditions, value) => withBound(conditions, value, subject, unit, per),
    caveat: (value) => leafOf(toBudget(value)),
    decompile: (query) => {
      const budget = budgetOf(query.predicates[0])
      const window = budget && parseWindow(budget.window)
      const dimension = budget && parseDimension(budget.dimension)
      if (budget === undefined || dimension?.subject !== subject || dimension.unit !== unit) {
        return undefined
      }
      if (window?.per !== per) return undefined
      return { max: budget.max, zone: window.zone, currency: dimension.currency, over: undefined }
    },
    permits: (value, action, { budgets }) =>
      isCountedBy(toBudget(value).dimension, action) && findBudget(budgets, toBudget(value)),
    /** days of two zones are counted apart, as money of two currencies is: neither bounds the other */
    subsumes: (wider, narrower) =>
      wider.zone === narrower.zone &&
      wider.currency === narrower.currency &&
      narrower.max <= wider.max,
    phrase: (value) =>
      `${budgetWords(toBudget(value))}${value.over === 'ask' ? ' without asking you' : ''}`,
    explain: (value) => ({
      refused: 'this call could not be counted against its limit',
      allowed: budgetWords(toBudget(value)),
    }),
    parameters: 3,
    maxAnswers: MAX_BUDGETS,
    answer: answerBudget,
  })
}

interface Bound {
  readonly max: number
  readonly zone: string | undefined
  readonly currency: string | undefined
  readonly over: 'ask' | undefined
}

function leafOf({ dimension, window, max }: Budget): ReturnType<typeof equals> {
  return equals('budget_ok', string(dimension), string(window), integer(max))
}

/** a predicate that names one budget: three constants, in a spelling of ours */
export function budgetOf(asked: Predicate | undefined): Budget | undefined {
  const [dimension, window, max, ...rest] = asked?.terms ?? []
  if (asked?.name !== 'budget_ok' || rest.length > 0) return undefined
  if (dimension?.type !== 'string' || window?.type !== 'string' || max?.type !== 'integer')
    return undefined
  if (parseWindow(window.value) === undefined || max.value < 0) return undefined
  return { dimension: dimension.value, window: window.value, max: max.value }
}

function answerBudget(asked: Predicate): Answer | undefined {
  const budget = budgetOf(asked)
  if (budget === undefined) return undefined
  const ok = fact('budget_ok', ...constantsOf({ predicates: [asked], expressions: [] }))
  return (action, { budgets }) =>
    isCountedBy(budget.dimension, action) && findBudget(budgets, budget) ? ok : undefined
}

/** only replies and new mail know `together`: an entry that also reads may say it for its sending */
function isOf(limit: Limit, subject: Subject): boolean {
  if (!SENDING_SUBJECTS.includes(subject)) return true
  return (limit.together === true) === (subject === 'gmail.sending')
}

function findBound(
  limits: readonly Limit[] | undefined,
  subject: Subject,
  unit: LimitUnit,
  per: LimitWindow,
): Bound | undefined {
  const bounds = (limits ?? []).flatMap((limit) => {
    const max = limit.per === per && isOf(limit, subject) ? limit[unit] : undefined
    const { zone, currency, over } = limit
    return max === undefined ? [] : [{ max, zone, currency, over }]
  })
  return bounds.sort((a, b) => a.max - b.max)[0]
}

function withBound(
  conditions: Conditions,
  { max, zone, currency, over }: Bound,
  subject: Subject,
  unit: LimitUnit,
  per: LimitWindow,
): Conditions {
  const known = conditions.limits ?? []
  // an entry that reads and sends says it once for both
  const found = findBound(known, subject, unit, per)
  if (found?.max === max && found.zone === zone && found.over === over) return conditions
  const limit: Limit = {
    per,
    [unit]: max,
    ...(currency !== undefined && { currency }),
    ...(zone !== undefined && { zone }),
    ...(subject === 'gmail.sending' && { together: true }),
    ...(over !== undefined && { over }),
  }
  const others = known.filter((one) => slotOf(one) !== slotOf(limit))
  return { ...conditions, limits: inOrder([...others, limit]) }
}

/** what an entry can say once */
function slotOf(limit: Limit): string {
  const unit = LIMIT_UNITS.find((one) => limit[one] !== undefined)
  return `${limit.per} ${unit} ${limit.together === true}`
}

function inOrder(limits: readonly Limit[]): Limit[] {
  const rank = (limit: Limit): number =>
    LIMIT_WINDOWS.indexOf(limit.per) * 100 +
    LIMIT_UNITS.findIndex((unit) => limit[unit] !== undefined) * 10 +
    Number(limit.together === true)
  return [...limits].sort((a, b) => rank(a) - rank(b))
}

/** every limit that can be said of a subject */
function limitsOn(subject: Subject): Constraint[] {
  return LIMIT_WINDOWS.flatMap((per) => UNITS[subject].map((unit) => limitOn(subject, unit, per)))
}

const SENDING_SUBJECTS: readonly Subject[] = [
  'gmail.messages.reply',
  'gmail.messages.send',
  'gmail.sending',
]
const SENDING_UNITS = UNITS['gmail.sending']
export const LIMITS_TOGETHER: readonly Constraint[] = limitsOn('gmail.sending')

export const LIMITS_ON_READING: readonly Constraint[] = limitsOn('gmail.messages.read')
export const LIMITS_ON_REPLYING: readonly Constraint[] = [
  ...LIMITS_TOGETHER,
  ...limitsOn('gmail.messages.reply'),
]
export const LIMITS_ON_SENDING: readonly Constraint[] = [
  ...LIMITS_TOGETHER,
  ...limitsOn('gmail.messages.send'),
]
/** the shared ones first: what reading takes from an entry for both is then said already */
export const LIMITS_OF_GMAIL: readonly Constraint[] = [
  ...LIMITS_ON_REPLYING,
  ...LIMITS_ON_SENDING.filter((one) => !LIMITS_TOGETHER.includes(one)),
  ...LIMITS_ON_READING,
]

export const LIMITS_ON_RECORDS: readonly Constraint[] = limitsOn('hubspot.reading')
export const LIMITS_ON_SEARCHING: readonly Constraint[] = limitsOn('hubspot.searching')
export const LIMITS_ON_WRITING: readonly Constraint[] = limitsOn('hubspot.writing')
export const LIMITS_OF_HUBSPOT: readonly Constraint[] = [
  ...LIMITS_ON_WRITING,
  ...LIMITS_ON_SEARCHING,
  ...LIMITS_ON_RECORDS,
]

export const LIMITS_ON_STRIPE_READING: readonly Constraint[] = limitsOn('stripe.reading')
export const LIMITS_ON_REFUNDING: readonly Constraint[] = limitsOn('stripe.refunding')
export const LIMITS_ON_CHARGING: readonly Constraint[] = limitsOn('stripe.charging')
export const LIMITS_ON_CAPTURING: readonly Constraint[] = limitsOn('stripe.capturing')
export const LIMITS_ON_TRANSFERRING: readonly Constraint[] = limitsOn('stripe.transferring')
export const LIMITS_ON_STRIPE_CHANGING: readonly Constraint[] = limitsOn('stripe.changing')
export const LIMITS_OF_STRIPE: readonly Constraint[] = [
  ...LIMITS_ON_REFUNDING,
  ...LIMITS_ON_CHARGING,
  ...LIMITS_ON_CAPTURING,
  ...LIMITS_ON_TRANSFERRING,
  ...LIMITS_ON_STRIPE_CHANGING,
  ...LIMITS_ON_STRIPE_READING,
]

/** an entry for replies and new e-mail means its numbers for both: what it leaves unsaid would double them */
export function closeTogether(limits: readonly Limit[]): Limit[] {
  return inOrder(
    limits.map((limit) =>
      SENDING_UNITS.some((unit) => limit[unit] !== undefined)
        ? { ...limit, together: true }
        : limit,
    ),
  )
}
