import { z } from 'zod'
import type { Amount, Approval, Conditions } from './capability.ts'
import { constraint, type Constraint } from './constraint.ts'
import { moneyWords } from './money.ts'
import { equals, string } from './terms.ts'
import { list } from './words.ts'

const conditionOf = z
  .strictObject({
    attachments: z.literal(true).optional(),
    new_recipient: z.literal(true).optional(),
    echo: z.literal(true).optional(),
  })
  .refine((value) => Object.keys(value).length > 0, {
    message: 'name at least one of `attachments`, `new_recipient`, `echo`, or say "always"',
  })

export const mailApprovalSchema: z.ZodType<Approval> = z.union([z.literal('always'), conditionOf], {
  error: (issue) =>
    issue.code === 'invalid_union'
      ? 'expected "always" or an object of `attachments`, `new_recipient`, `echo`'
      : undefined,
})

export const moneyApprovalSchema: z.ZodType<Approval> = z.union(
  [z.literal('always'), z.strictObject({ amount_over: z.int().min(0) })],
  {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? 'expected "always" or `{ amount_over: 2000 }`, in minor units'
        : undefined,
  },
)

/**
 * The buyer says yes to each. Only a front can know, and it asserts the fact for the one call that she said yes to. A condition
 * (`amount_over` and the like) is no caveat: `alternativesOf` (alternatives.ts) splits it into what needs no asking and what always does.
 */
export const approval: Constraint = constraint<Approval>({
  name: 'approval',
  predicate: 'approval',
  get: (conditions) => conditions.approval,
  set: (conditions, value) => ({ ...conditions, approval: value }),
  caveat: (value) => {
    if (value !== 'always') throw new TypeError('a condition is split before it is compiled')
    return equals('approval', string('granted'))
  },
  decompile: () => 'always',
  permits: (value, _action, { approved }) => {
    if (value !== 'always') throw new TypeError('a condition is split before it is asked')
    return approved === true
  },
  subsumes: () => true,
  phrase: phraseOf,
  explain: () => ({
    refused: 'this needs your approval first',
    allowed: 'only what you have approved',
  }),
})

function phraseOf(value: Approval): string {
  if (value === 'always') return 'asking you first each time'
  const conditions = [
    ...(value.amount_over === undefined ? [] : [`anything above ${value.amount_over}`]),
    ...(value.attachments ? ['anything with an attachment'] : []),
    ...(value.new_recipient ? ['anyone who is not in the conversation or named by address'] : []),
    ...(value.echo ? ['passages from other conversations'] : []),
  ]
  return `asking you first for ${list(conditions, 'and')}`
}

/** the same in words that know the currency */
export function approvalWords({ approval: value, amount }: Conditions): string | undefined {
  if (value === undefined || value === 'always' || value.amount_over === undefined) {
    return value && phraseOf(value)
  }
  const line =
    amount === undefined ? String(value.amount_over) : overWords(value.amount_over, amount)
  return `asking you first for anything above ${line}`
}

function overWords(over: number, { currency }: Amount): string {
  return moneyWords(over, currency)
}
