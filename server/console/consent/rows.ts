import { describe, restrict, type Capability } from '../../../capabilities/index.ts'

type Action = Capability['actions'][number]

/** one thing the agent asks to do: what the buyer allows, tightens or strikes out on its own */
export interface ProposedRow {
  /** names the row's form fields: which entry of the request, and which of its actions */
  readonly id: string
  readonly entry: number
  readonly action: Action
  readonly title: string
  /** the entry cut down to this action, which means the same for it as the whole entry does */
  readonly capability: Capability
  readonly sentences: readonly { readonly sentence: string; readonly risk: 'normal' | 'high' }[]
  readonly risk: 'normal' | 'high'
}

const filter = [
  'from',
  'to',
  'cc',
  'labels',
  'subject_contains',
  'newer_than_days',
  'threads',
  'has_attachment',
  'authenticated',
] as const
const common = ['type', 'locations', 'hours', 'expires_at'] as const
const sending = ['recipients', 'attachments', 'body'] as const

/** which fields of an entry say something about an action */
const fieldsByAction: Readonly<Record<Action, readonly (keyof Capability)[]>> = {
  'messages.read': [...common, ...filter, 'content'],
  'messages.reply': [...common, ...filter, ...sending],
  'messages.send': [...common, ...sending],
  'drafts.write': [...common, ...filter, ...sending],
  'labels.apply': [...common, ...filter, 'add', 'remove'],
  'messages.trash': [...common, ...filter],
  'history.read': common,
}

const titles: Readonly<Record<Action, string>> = {
  'messages.read': 'Read mail',
  'messages.reply': 'Answer mail',
  'messages.send': 'Send new mail',
  'drafts.write': 'Write drafts',
  'labels.apply': 'Change labels',
  'messages.trash': 'Move mail to the trash',
  'history.read': 'See what changed',
}

/** what changes the world comes before what only looks at it */
const order: readonly Action[] = [
  'messages.send',
  'messages.reply',
  'messages.trash',
  'labels.apply',
  'drafts.write',
  'messages.read',
  'history.read',
]

/** the request row by row, those that need care first */
export function toRows(requested: readonly Capability[]): ProposedRow[] {
  const rows = requested.flatMap((capability, entry) =>
    capability.actions.map((action) => toRow(capability, entry, action)),
  )
  return rows.toSorted(
    (a, b) =>
      Number(b.risk === 'high') - Number(a.risk === 'high') ||
      order.indexOf(a.action) - order.indexOf(b.action),
  )
}

function toRow(whole: Capability, entry: number, action: Action): ProposedRow {
  const capability = onlyActions(whole, [action])
  const sentences = describe(capability)
  return {
    id: `row-${entry}-${action.replace('messages.', '').replace('.', '-')}`,
    entry,
    action,
    title: titles[action],
    capability,
    sentences,
    risk: sentences.some(({ risk }) => risk === 'high') ? 'high' : 'normal',
  }
}

/** the entry for some of its actions, without the fields that say nothing about them */
export function onlyActions(capability: Capability, actions: readonly Action[]): Capability {
  const kept = new Set<string>(actions.flatMap((action) => fieldsByAction[action]))
  const fields = Object.entries(capability).filter(([field]) => kept.has(field))
  const { limits } = restrict(capability, actions)
  return {
    ...(Object.fromEntries(fields) as Omit<Capability, 'actions'>),
    actions: [...actions],
    ...(limits && { limits }),
  }
}
