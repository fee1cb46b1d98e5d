import type { Denial } from './decision.ts'
import { toFacts, type RequestContext } from './facts.ts'
import { findAlternatives, type Alternatives } from './token/alternatives.ts'
import { findExpiry } from './token/expiry.ts'
import { printCheck } from './token/print.ts'
import type { Predicate, Query } from './token/syntax.ts'
import type { VerifiedToken } from './token/verify.ts'
import { isSameBudget, type Budget } from './vocabulary/budget.ts'
import type { SpentBudget } from './vocabulary/budget-words.ts'
import type { Action } from './vocabulary/action.ts'
import { budgetOf } from './vocabulary/limits.ts'

const PREDICATE = 'budget_ok'

/** a budget, and the block that declares it: two blocks with the same words have two counters */
export interface DeclaredBudget extends Budget {
  readonly block: number
  /**
   * Whose counter it is. INVARIANT: of block 0 the grant's, since every refresh and every exchange mints a new block 0 and may
   * start no new count; of a later block its revocation id, which everything that is made of the token carries.
   */
  readonly holder: string
  /** seconds since 1970 after which no token carries that block; undefined: nobody knows, another token may be minted */
  readonly holderEnd: number | undefined
}

export type BudgetPlan =
  | { readonly ok: true; readonly budgets: readonly DeclaredBudget[] }
  /** no way to hold every check is left; the budget that stands in the way of the first, if it names one */
  | {
      readonly ok: false
      readonly denial: CaveatDenial
      readonly budget: DeclaredBudget | undefined
    }

type CaveatDenial = Extract<Denial, { reason: 'caveat' }>

/** nothing of the token can be counted: a front need not ask further */
export function hasBudgets({ program }: VerifiedToken): boolean {
  return program.names.has(PREDICATE)
}

/**
 * What a front has to take from its counters before it may assert `budget_ok` for an action that is allowed but for that: for
 * every check the first branch that holds and has room. `hasRoom` answers from what is known; whether there is room the
 * counters tell when they are asked.
 *
 * INVARIANT: for every check there is a branch whose budgets, each as declared by that check's own block, are all in the plan.
 * So a fact that one block's budget earns never stands for another block's.
 *
 * @example
 * const plan = planBudgets(token, action, context, (budget) => !exhausted.includes(budget))
 */
export function planBudgets(
  token: VerifiedToken,
  action: Action,
  context: Omit<RequestContext, 'budgets'>,
  hasRoom: (budget: DeclaredBudget) => boolean,
): BudgetPlan {
  if (!hasBudgets(token)) return { ok: true, budgets: [] }
  const facts = toFacts(action, { ...context, budgets: 'assumed' }, token.blocks)
  const planned: DeclaredBudget[] = []
  for (const alternatives of findAlternatives(token, facts, PREDICATE)) {
    const ways = waysOf(alternatives, token)
    const way = ways.find(({ budgets }) => budgets.every(hasRoom))
    if (way === undefined) return refuse(alternatives, ways, hasRoom)
    for (const budget of way.budgets) {
      const isKnown = planned.some((one) => one.block === budget.block && isSameBudget(one, budget))
      if (!isKnown) planned.push(budget)
    }
  }
  return { ok: true, budgets: planned }
}

interface Way {
  readonly index: number
  readonly query: Query
  readonly budgets: readonly DeclaredBudget[]
}

/** a branch that leaves open which budget it means could be held by a fact that another block's counter earned: no way */
function waysOf({ block, branches }: Alternatives, token: VerifiedToken): Way[] {
  const holder = holderOf(block, token)
  return branches.flatMap(({ index, query }) => {
    const asked = query.predicates.filter(({ name }) => name === PREDICATE)
    const budgets = asked.flatMap((predicate: Predicate) => budgetOf(predicate) ?? [])
    if (budgets.length < asked.length) return []
    return [{ index, query, budgets: budgets.map((budget) => ({ ...budget, ...holder })) }]
  })
}

function holderOf(block: number, token: VerifiedToken): Omit<DeclaredBudget, keyof Budget> {
  const revocationId = token.revocationIds[block]
  if (block === 0 || revocationId === undefined) {
    return { block, holder: token.grantId, holderEnd: undefined }
  }
  return { block, holder: revocationId, holderEnd: findExpiry(token.blocks.slice(0, block + 1)) }
}

function refuse(
  { block, check, source }: Alternatives,
  [first]: readonly Way[],
  hasRoom: (budget: DeclaredBudget) => boolean,
): BudgetPlan {
  const budget = first?.budgets.find((one) => !hasRoom(one))
  const caveat = printCheck(source)
  const denial = { reason: 'caveat', block, check, caveat, failed: [PREDICATE] } as const
  return {
    ok: false,
    budget,
    denial: { ...denial, branch: first?.index, query: first?.query },
  }
}

/** the denial with what was found at the counter, for whoever explains it */
export function withSpent(denial: CaveatDenial, spent: SpentBudget): Denial {
  return { ...denial, spent }
}
