import {
  hasBudgets,
  parseDimension,
  parseWindow,
  periodAt,
  planBudgets,
  withSpent,
  type BudgetPlan,
  type DeclaredBudget,
  type Denial,
  type Action,
} from '../capabilities/index.ts'
import type {
  BeginOptions,
  Charge,
  Counter,
  NotBegun,
  RecordEntry,
  Recording,
  Taken,
} from './ports.ts'
import { acceptedToken, providerClient, secondOf, type Progress } from './progress.ts'
import { RecordFailure, reportRecordFailure } from './recording.ts'
import type { Refusal } from './refusal.ts'

/** an action that is allowed when what it takes from its budgets can be taken */
export interface Affordable {
  readonly action: Action
  readonly budgets: readonly DeclaredBudget[]
}

/** an action that the token allows, and every budget it could be held by is used up */
export interface Unaffordable {
  readonly action: Action
  readonly denial: Denial
}

/**
 * Counters that had no room when this request asked them, and what they said. Others may look at the same counter with a larger
 * number: those are asked again, so each failure is of a larger one than the last.
 */
export type Exhausted = Map<string, Extract<Taken<object>, { ok: false }>>

/** which budgets an allowed action would be taken from; none that this request has already found without room */
export function planSpending(
  progress: Progress,
  action: Action,
  approved = false,
): ({ readonly ok: true } & Affordable) | ({ readonly ok: false } & Unaffordable) {
  const { token } = acceptedToken(progress)
  if (!hasBudgets(token)) return { ok: true, action, budgets: [] }
  const { pipeline, keyThumbprint, exhausted } = progress
  const context = { now: secondOf(progress), audience: pipeline.audience, keyThumbprint, approved }
  const plan = planBudgets(token, action, context, (budget) => {
    const found = exhausted.get(keyOf(counterOf(progress, budget)))
    return found === undefined || budget.max > found.charge.max
  })
  if (plan.ok) return { ok: true, action, budgets: plan.budgets }
  return { ok: false, action, denial: explainExhausted(progress, plan) }
}

export function isCounted(progress: Progress, action: Action): boolean {
  const plan = planSpending(progress, action)
  return !plan.ok || plan.budgets.length > 0
}

function explainExhausted(
  progress: Progress,
  { denial, budget }: Extract<BudgetPlan, { ok: false }>,
): Denial {
  const found = budget && progress.exhausted.get(keyOf(counterOf(progress, budget)))
  if (budget === undefined || found === undefined) return denial
  const { asked, charge } = found
  const { dimension, window, max } = budget
  // an alternative with a larger number may have gone on counting
  const used = Math.min(found.used, max)
  return withSpent(denial, { dimension, window, max, used, asked, freeAt: charge.periodEnd })
}

/** what the budgets of a call's actions are charged with; `bytes` of an answer count once for each budget it falls under */
export function toCharges(
  progress: Progress,
  affordable: readonly Affordable[],
  bytes: number,
): readonly Charge[] {
  const all = new Map<string, Charge>()
  for (const { action, budgets } of affordable) {
    const own = new Map<string, Charge>()
    for (const budget of budgets) {
      const charge = toCharge(progress, budget, action, bytes)
      const { max = Infinity } = own.get(keyOf(charge)) ?? {}
      // two checks may look at one counter with different numbers: both must hold, and an action counts once
      own.set(keyOf(charge), { ...charge, max: Math.min(max, charge.max) })
    }
    for (const [key, charge] of own) {
      const known = all.get(key)
      all.set(key, known === undefined ? charge : merge(known, charge))
    }
  }
  return [...all.values()]
}

function toCharge(
  progress: Progress,
  budget: DeclaredBudget,
  action: Action,
  bytes: number,
): Charge {
  const { max, holderEnd } = budget
  const { counter, periodEnd } = periodOf(progress, budget)
  const amount = amountOf(progress, budget.dimension, action, bytes)
  return { ...counter, max, amount, periodEnd, holderEnd }
}

function amountOf(
  progress: Progress,
  dimension: string,
  action: Action,
  bytes: number,
): Charge['amount'] {
  const unit = parseDimension(dimension)?.unit
  switch (unit) {
    case 'calls':
      return 1
    case 'bytes':
      return bytes
    case 'amount': {
      if (!('target' in action) || action.target.money === undefined) break
      return action.target.money.amount
    }
    case 'recipients':
    case 'new_recipients': {
      if (!('mail' in action)) break
      const { account } = providerClient(progress)
      const distinct = action.mail.recipients.filter((address) => address !== account)
      return { distinct, ever: unit === 'new_recipients' }
    }
    case undefined:
  }
  throw new TypeError(`nothing is counted as \`${dimension}\``)
}

function merge(one: Charge, other: Charge): Charge {
  return { ...one, max: Math.min(one.max, other.max), amount: sum(one, other) }
}

function sum(one: Charge, other: Charge): Charge['amount'] {
  const isBytes = parseDimension(one.dimension)?.unit === 'bytes'
  if (typeof one.amount === 'number' && typeof other.amount === 'number') {
    return isBytes ? one.amount : one.amount + other.amount
  }
  if (typeof one.amount === 'number' || typeof other.amount === 'number') {
    throw new TypeError('one counter counts one kind of thing')
  }
  return { ...one.amount, distinct: [...one.amount.distinct, ...other.amount.distinct] }
}

function counterOf(progress: Progress, budget: DeclaredBudget): Counter {
  return periodOf(progress, budget).counter
}

function periodOf(
  progress: Progress,
  { holder, dimension, window }: DeclaredBudget,
): { readonly counter: Counter; readonly periodEnd: number | undefined } {
  const parsed = parseWindow(window)
  const period = parsed && periodAt(parsed, secondOf(progress))
  if (period === undefined) throw new TypeError(`no period of \`${window}\` now`)
  return { counter: { holder, dimension, window, period: period.name }, periodEnd: period.end }
}

function keyOf({ holder, dimension, window, period }: Counter): string {
  return JSON.stringify([holder, dimension, window, period])
}

export type Reservation =
  | { readonly ok: true; readonly recording: Recording }
  /** another branch or another candidate may still have room, or the approval was used or is over; unless there is a refusal */
  | { readonly ok: false; readonly refusal?: Refusal }

export const CLASHES: Readonly<Record<Extract<NotBegun, { clash: string }>['clash'], Refusal>> = {
  mismatch: {
    code: 'idempotency_mismatch',
    message: 'this idempotency key was used for another request: use a new one',
    reason: 'idempotency_mismatch',
  },
  in_flight: {
    code: 'conflict',
    message: 'the same request is under way: send it again with the same key when it is over',
    reason: 'in_flight',
  },
  unsettled: {
    code: 'conflict',
    message:
      'the same was asked for before and nobody knows yet whether it was done: send it with the key of that time, or wait',
    reason: 'unsettled',
  },
}

/** the charges and the intent of an effect; what has no room is remembered, so that the next decision goes another way */
export async function reserve(
  progress: Progress,
  entry: RecordEntry,
  charges: readonly Charge[],
  options?: BeginOptions,
): Promise<Reservation> {
  const { budgets } = progress.pipeline.ports
  const taken = await counting(progress, budgets.begin(entry, charges, options))
  if (taken.ok) return taken
  if ('clash' in taken) return { ok: false, refusal: CLASHES[taken.clash] }
  if ('approval' in taken) return { ok: false }
  progress.exhausted.set(keyOf(taken.charge), taken)
  return { ok: false }
}

/** what is about to be shown; the refusal when its budgets have no room, whichever of its branches is taken */
export async function pay(
  progress: Progress,
  shown: readonly Action[],
  bytes: number,
): Promise<Refusal | undefined> {
  if (!hasBudgets(acceptedToken(progress).token)) return undefined
  for (;;) {
    const affordable: Affordable[] = []
    for (const action of shown) {
      const plan = planSpending(progress, action)
      if (!plan.ok) return limited(plan)
      affordable.push(plan)
    }
    const charges = toCharges(progress, affordable, bytes)
    if (charges.length === 0) return undefined
    const taken = await counting(progress, progress.pipeline.ports.budgets.spend(charges))
    if (taken.ok) return undefined
    progress.exhausted.set(keyOf(taken.charge), taken)
  }
}

/** a call that cannot be counted is refused like one that cannot be recorded: both stand in one transaction */
async function counting<T>(progress: Progress, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    reportRecordFailure(progress, cause)
    throw new RecordFailure('the call was not counted', { cause })
  }
}

/** said also where a denial is concealed: the thing is there for this token, only not now */
export function limited({ action, denial }: Unaffordable): Refusal {
  return { code: 'denied', message: 'not allowed', reason: 'limit', decided: { denial, action } }
}
