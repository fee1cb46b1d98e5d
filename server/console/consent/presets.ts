import { moneyDecimals, type Capability } from '../../../capabilities/index.ts'
import { ANYBODY, type Reader } from '../reader.ts'
import type { Control } from './control.ts'
import { controlsOf, fieldOf } from './controls.ts'
import { toMoneyText } from './money-text.ts'
import type { ProposedRow } from './rows.ts'
import { findProblem } from './tighten.ts'

/** what a preset answers to a question, where a row asks it; an amount is in hundredths, or in whole units where there are none */
type Answer =
  | { readonly field: string; readonly text: string }
  | { readonly field: string; readonly atMost: number }
  | { readonly field: string; readonly money: number }

/** rows that stay, and what is answered to their questions; the first rule that fits a row counts, and a row that none fits goes */
interface Rule {
  readonly actions: RegExp
  readonly answers: readonly Answer[]
}

/** a role in the buyer's words. Data: what it does, `applyPreset` does through the same questions that she answers */
export interface Preset {
  readonly name: string
  readonly label: string
  /** what it left and what it took, after “Set for …: ” */
  readonly did: string
  readonly rules: readonly Rule[]
}

const LOOKING: Rule = { actions: /\.(?:read|search)$/u, answers: [] }

const CAREFUL_MAIL: readonly Answer[] = [
  { field: 'attachments', text: 'none' },
  { field: 'links', text: 'known' },
  { field: 'links', text: 'none' },
  { field: 'echo', text: 'on' },
  { field: 'refuse-payment-card', text: 'on' },
  { field: 'refuse-iban', text: 'on' },
  { field: 'refuse-private-key', text: 'on' },
  { field: 'limit-hour-calls', atMost: 20 },
]

/** to whom it writes is what the mail is about; the buyer who is not asked has not read it */
const ASKED: readonly Answer[] = [{ field: 'ask', text: 'on' }]

export const PRESETS: readonly Preset[] = [
  {
    name: 'support',
    label: 'Support assistant',
    did: 'it may read, and answer customers without files and with few links; small refunds it makes alone, all other changes wait for you.',
    rules: [
      { actions: /^messages\.reply$/u, answers: CAREFUL_MAIL },
      { actions: /^drafts\.write$/u, answers: CAREFUL_MAIL },
      { actions: /^labels\.apply$/u, answers: [] },
      {
        actions: /^refunds\.create$/u,
        answers: [
          { field: 'amount', money: 10_000 },
          { field: 'ask-over', money: 2_000 },
          { field: 'limit-day-amount', money: 20_000 },
          { field: 'charge-days', atMost: 60 },
        ],
      },
      { actions: /^(?:tickets|notes)\.(?:create|update)$/u, answers: ASKED },
      {
        actions:
          /^(?:messages|history|charges|payment_intents|customers|refunds|invoices|subscriptions|contacts|companies|tickets|notes|properties|pipelines|owners)\.(?:read|search)$/u,
        answers: [{ field: 'limit-hour-calls', atMost: 500 }],
      },
    ],
  },
  {
    name: 'bookkeeper',
    label: 'Bookkeeper',
    did: 'it may look at money and at mail that comes with a bill, and prepare drafts; it moves no money, and sends nothing unless you say yes each time.',
    rules: [
      { actions: /^drafts\.write$/u, answers: CAREFUL_MAIL },
      { actions: /^invoices\.send$/u, answers: ASKED },
      { actions: /^(?:messages|history)\.read$/u, answers: [] },
      {
        actions:
          /^(?:charges|payment_intents|customers|refunds|invoices|subscriptions|credit_notes|prices|products|balance|balance_transactions|transfers|disputes)\.read$/u,
        answers: [],
      },
      { actions: /^(?:companies|deals|line_items|products)\.(?:read|search)$/u, answers: [] },
    ],
  },
  {
    name: 'sales',
    label: 'Sales assistant',
    did: 'it may read customers and deals and keep notes; mail and changes to customers wait for you each time, and it does not touch money.',
    rules: [
      {
        actions: /^messages\.(?:send|reply)$/u,
        answers: [...CAREFUL_MAIL, { field: 'count', atMost: 3 }, ...ASKED],
      },
      { actions: /^drafts\.write$/u, answers: CAREFUL_MAIL },
      {
        actions: /^(?:notes|tasks|calls)\.(?:create|update)$/u,
        answers: [{ field: 'limit-hour-calls', atMost: 50 }],
      },
      { actions: /^(?:contacts|companies|deals)\.(?:create|update)$/u, answers: ASKED },
      { actions: /^associations\.write$/u, answers: ASKED },
      { actions: /^messages\.read$/u, answers: [] },
      {
        actions:
          /^(?:contacts|companies|deals|notes|tasks|calls|line_items|products|properties|pipelines|owners|prices)\.(?:read|search)$/u,
        answers: [],
      },
    ],
  },
  {
    name: 'read-only',
    label: 'Read-only',
    did: 'it may look at what it asked to see, and change, send or pay nothing.',
    rules: [LOOKING],
  },
]

/** the fields of the form as the preset answers them: what is not among them is not ticked */
export type PresetFields = ReadonlyMap<string, string>

/**
 * A preset on a request, as the form that the buyer could have filled in herself.
 *
 * INVARIANT: an answer that the row's own question would refuse is not given, so nothing goes beyond the request.
 */
export function applyPreset(
  { rules }: Preset,
  rows: readonly ProposedRow[],
  reader: Reader = ANYBODY,
): PresetFields {
  const fields = new Map<string, string>()
  for (const row of rows) {
    const rule = rules.find(({ actions }) => actions.test(row.action))
    if (rule === undefined) continue
    fields.set(row.id, 'on')
    for (const control of controlsOf(row.capability, reader)) {
      const answer = answerOf(rule, row, control, reader)
      if (control.kind.type !== 'tick' || answer !== '') fields.set(fieldOf(row, control), answer)
    }
  }
  return fields
}

/** the first of the preset's answers that can be given, or what the field holds anyway */
function answerOf(rule: Rule, row: ProposedRow, control: Control, reader: Reader): string {
  const answers = rule.answers
    .filter(({ field }) => field === control.field)
    .map((answer) => textOf(answer, row.capability, reader))
  return answers.find((text) => findProblem(control, row, text) === undefined) ?? control.initial
}

function textOf(answer: Answer, { amount }: Capability, reader: Reader): string {
  if ('text' in answer) return answer.text
  if ('atMost' in answer) return String(answer.atMost)
  const currency = amount?.currency ?? 'usd'
  // so many thousandths are not a tenth of what was meant
  const minor = moneyDecimals(currency) === 3 ? answer.money * 10 : answer.money
  return toMoneyText(minor, currency, reader)
}

/** those that would leave something ticked and take something away */
export function presetsFor(rows: readonly ProposedRow[], reader: Reader): Preset[] {
  return PRESETS.filter((preset) => {
    const fields = applyPreset(preset, rows, reader)
    const left = rows.filter(({ id }) => fields.has(id))
    const isTouched = left.some((row) =>
      controlsOf(row.capability, reader).some(
        (control) => (fields.get(fieldOf(row, control)) ?? '') !== control.initial,
      ),
    )
    return left.length > 0 && (left.length < rows.length || isTouched)
  })
}
