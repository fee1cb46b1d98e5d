import { readBranch } from './decompile.ts'
import { HUBSPOT_OPERATION_WORDS } from './sentences/hubspot.ts'
import { STRIPE_OPERATION_WORDS } from './sentences/stripe.ts'
import type { Denial } from './decision.ts'
import type { Query } from './token/syntax.ts'
import type { Action, Operation } from './vocabulary/action.ts'
import { parseDimension } from './vocabulary/budget.ts'
import { budgetWords, spentWords, type SpentBudget } from './vocabulary/budget-words.ts'
import { messageOf } from './vocabulary/action-parts.ts'
import { isInMailbox, PLACE_PREDICATE } from './vocabulary/place.ts'
import { CONSTRAINTS } from './vocabulary/vocabularies.ts'

export interface DenialExplanation {
  /** what was refused, naming the value that offends */
  readonly refused: string
  /** what would have been allowed */
  readonly allowed: string
  /** the field of the vocabulary, or `expiry`, `audience`, `key`, `profile`, `operation`, `custom` */
  readonly constraint: string
}

const OPERATION_WORDS: Record<Operation, string> = {
  'gmail.messages.read': 'reading e-mail',
  'gmail.messages.list': 'listing e-mail',
  'gmail.labels.list': 'listing labels',
  'gmail.profile.read': 'reading the address of the account',
  'gmail.messages.reply': 'replying to e-mail',
  'gmail.messages.send': 'sending new e-mail',
  'gmail.drafts.write': 'writing drafts',
  'gmail.drafts.list': 'listing drafts',
  'gmail.labels.apply': 'changing the labels of e-mail',
  'gmail.messages.trash': 'putting e-mail into the trash',
  'gmail.history.list': 'following the changes in the mailbox',
  ...HUBSPOT_OPERATION_WORDS,
  ...STRIPE_OPERATION_WORDS,
}

/** what an operation is, in the words of an explanation; undefined: none that this version knows */
export function describeOperation(operation: string): string | undefined {
  const words: Readonly<Record<string, string>> = OPERATION_WORDS
  return Object.hasOwn(words, operation) ? words[operation] : undefined
}

/** the checks that stand beside the vocabulary, each about one fact */
const SURROUNDINGS: Record<string, DenialExplanation> = {
  time: {
    constraint: 'expiry',
    refused: 'this access has expired',
    allowed: 'nothing until the access is renewed',
  },
  audience: {
    constraint: 'audience',
    refused: 'this access is for another front',
    allowed: 'only requests to the front it was issued for',
  },
  cnf_jkt: {
    constraint: 'key',
    refused: 'this access is bound to a key that the request did not prove',
    allowed: 'only requests with a DPoP proof of that key',
  },
  delegated_jkt: {
    constraint: 'key',
    refused: 'this access is bound to a key that the request did not prove',
    allowed: 'only requests with a DPoP proof of that key, or of one that it delegated to',
  },
  profile: {
    constraint: 'profile',
    refused: 'this front does not know the vocabulary of this access',
    allowed: 'only fronts of the version it was issued for',
  },
}

/**
 * A denial in words, for the agent, the buyer and the record. The values are quoted and capped: an agent chooses them.
 *
 * @example
 * explainDenial(denial, action)
 * // { constraint: 'recipients', refused: 'audit@evil.example is not in this conversation',
 * //   allowed: 'only people already in the conversation' }
 */
export function explainDenial(denial: Denial, action: Action): DenialExplanation {
  if (denial.reason === 'no_right') return explainOperation(action)
  if (denial.reason === 'execution') return CUSTOM
  if (denial.spent !== undefined) return explainSpent(denial.spent)
  if (denial.query !== undefined) return explainBranch(denial.query, denial.failed, action)
  if (denial.failed.includes('op')) return explainOperation(action)
  const [surrounding] = denial.failed.flatMap((name) => SURROUNDINGS[name] ?? [])
  return surrounding ?? CUSTOM
}

const CUSTOM: DenialExplanation = {
  constraint: 'custom',
  refused: 'a condition that somebody added to this access does not hold',
  allowed: 'only what every condition of the access allows',
}

/** also of a limit that somebody wrote by hand: the counter is ours */
function explainSpent(spent: SpentBudget): DenialExplanation {
  const unit = parseDimension(spent.dimension)?.unit
  return {
    constraint: unit === undefined ? 'limits' : `limits.${unit}`,
    refused: spentWords(spent),
    allowed: budgetWords(spent),
  }
}

function explainOperation(action: Action): DenialExplanation {
  return {
    constraint: 'operation',
    refused: `${OPERATION_WORDS[action.operation]} is not part of this access`,
    allowed: 'only the actions that were granted',
  }
}

/** the first leaf of the branch that failed, found again by its plain meaning */
function explainBranch(query: Query, failed: readonly string[], action: Action): DenialExplanation {
  const message = messageOf(action)
  if (failed.includes(PLACE_PREDICATE) && message !== undefined && !isInMailbox(message)) {
    return {
      constraint: 'labels',
      refused: 'this message is in spam, in trash or a draft',
      allowed: 'only e-mail in the mailbox proper',
    }
  }
  const branch = readBranch(query)
  if (branch === undefined) return CUSTOM
  const broken = CONSTRAINTS.find(
    (one) => failed.includes(one.predicate) && one.isSaid(branch.conditions),
  )
  const words = broken?.explain(branch.conditions, action)
  if (broken === undefined || words === undefined) return CUSTOM
  return { constraint: broken.name, refused: words.refused, allowed: words.allowed }
}
