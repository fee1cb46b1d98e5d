import type { Capability } from '../../../capabilities/index.ts'
import { ANYBODY, type Reader } from '../reader.ts'
import { askingControls } from './asking-controls.ts'
import { ControlProblem, expectChoice, isAnswer, toWholeNumber, type Control } from './control.ts'
import { crmControls } from './crm-controls.ts'
import { hoursControls } from './hours-controls.ts'
import { changesControl, labelsControl } from './label-controls.ts'
import { limitControls } from './limit-controls.ts'
import { refusalControls } from './refusal-controls.ts'
import { stripeControls } from './stripe-controls.ts'

/** the form field of one question of one row */
export function fieldOf(row: { readonly id: string }, control: Pick<Control, 'field'>): string {
  return `${row.id}.${control.field}`
}

/** the questions that make sense for a row, which has one action; amounts and hours are asked as the reader writes them */
export function controlsOf(capability: Capability, reader: Reader = ANYBODY): Control[] {
  return [...controlsOfKind(capability, reader), ...hoursControls(capability, reader)]
}

function controlsOfKind(capability: Capability, reader: Reader): Control[] {
  switch (capability.type) {
    case 'stripe':
      return stripeControls(capability, reader)
    case 'hubspot':
      return [...crmControls(capability), ...refusalControls(capability)]
    case 'gmail':
      return mailControls(capability)
  }
}

function mailControls(capability: Capability): Control[] {
  const [action] = capability.actions
  const filtered = action !== 'messages.send' && action !== 'history.read'
  const sends = action === 'messages.send' || isAnswer(capability.actions)
  const controls = [
    action === 'labels.apply' && changesControl(capability, 'add'),
    action === 'labels.apply' && changesControl(capability, 'remove'),
    action === 'messages.read' && contentControl(capability),
    isAnswer(capability.actions) && answersControl(capability),
    sends && recipientsControl(capability),
    sends && recipientCountControl(capability),
    sends && attachmentsControl(capability),
    sends && linksControl(capability),
    sends && plainTextControl(capability),
    sends && echoControl(capability),
    filtered && sendersControl(capability),
    filtered && labelsControl(capability),
    filtered && ageControl(capability),
    filtered && authenticatedControl(capability),
    ...limitControls(capability),
    ...refusalControls(capability),
    ...askingControls(capability),
  ]
  return controls.filter(
    (control): control is Control => control !== false && control !== undefined,
  )
}

function contentControl({ content }: Capability): Control | undefined {
  if (content === 'metadata') return undefined
  return {
    field: 'metadata',
    label: 'Only sender, subject and date: no text, no attachments',
    kind: { type: 'tick' },
    initial: '',
    tighten: (capability) => ({ ...capability, content: 'metadata' }),
  }
}

function answersControl({ recipients }: Capability): Control | undefined {
  if (!recipients?.participants) return undefined
  return {
    field: 'answers',
    label: 'Who may get an answer',
    kind: {
      type: 'choice',
      choices: [
        { value: 'participants', label: 'Everybody in the conversation' },
        { value: 'sender', label: 'Only the writer of the message' },
      ],
    },
    initial: 'participants',
    tighten(capability, answer) {
      expectChoice(answer, ['sender'])
      const { participants: _, ...others } = capability.recipients ?? {}
      return { ...capability, recipients: { ...others, sender_only: true } }
    },
  }
}

function recipientsControl({ recipients, actions }: Capability): Control | undefined {
  const initial = toLines(recipients)
  if (!recipients || initial === '') return undefined
  // a new mail has no conversation whose people it could go to
  const hasBase =
    isAnswer(actions) && (recipients.participants === true || recipients.sender_only === true)
  return {
    field: 'recipients',
    label: hasBase ? 'Others it may write to' : 'Whom it may write to',
    help: `One domain or address per line. Remove lines, or put an address in place of its domain.${hasBase ? ' Empty: nobody else.' : ''}`,
    kind: { type: 'lines' },
    initial,
    tighten(capability, answer) {
      const { domains: _, addresses: __, ...others } = capability.recipients ?? {}
      const named = fromLines(answer)
      if (!named && !hasBase) throw new ControlProblem('Name at least one, or untick the row.')
      return { ...capability, recipients: { ...others, ...named } }
    },
  }
}

function recipientCountControl({ recipients }: Capability): Control {
  const max = recipients?.max ?? 100
  return {
    field: 'count',
    label: 'People per mail, at most',
    ...(recipients?.max === undefined && { help: 'Empty: up to 100.' }),
    kind: { type: 'number', min: 1, max },
    initial: recipients?.max === undefined ? '' : String(recipients.max),
    tighten: (capability, answer) => ({
      ...capability,
      recipients: { ...capability.recipients, max: toWholeNumber(answer, max) },
    }),
  }
}

const attachmentLevels = [
  { value: 'none', label: 'None' },
  { value: 'thread', label: 'Only files from the same conversation' },
  { value: 'readable', label: 'Only files from mail it may read' },
  { value: 'any', label: 'Any file' },
] as const

function attachmentsControl({ attachments, actions }: Capability): Control | undefined {
  const asked = attachments ?? 'none'
  if (asked === 'none') return undefined
  // a new mail has no conversation to take a file from
  const levels = attachmentLevels.filter(({ value }) => value !== 'thread' || isAnswer(actions))
  const choices = upTo(levels, asked)
  return {
    field: 'attachments',
    label: 'Files it may attach',
    kind: { type: 'choice', choices },
    initial: asked,
    tighten: (capability, answer) => ({
      ...capability,
      attachments: expectChoice(answer, valuesOf(choices)),
    }),
  }
}

const linkLevels = [
  { value: 'none', label: 'None' },
  { value: 'known', label: 'Only to sites already in the conversation' },
  { value: 'any', label: 'To any site' },
] as const

function linksControl({ body, actions }: Capability): Control | undefined {
  const asked = body?.links ?? 'any'
  if (asked === 'none') return undefined
  const levels = linkLevels.filter(({ value }) => value !== 'known' || isAnswer(actions))
  const choices = upTo(levels, asked)
  return {
    field: 'links',
    label: 'Links it may write',
    kind: { type: 'choice', choices },
    initial: asked,
    tighten: (capability, answer) => ({
      ...capability,
      body: { ...capability.body, links: expectChoice(answer, valuesOf(choices)) },
    }),
  }
}

function plainTextControl({ body }: Capability): Control | undefined {
  if (body?.html === 'none') return undefined
  return {
    field: 'plain',
    label: 'Plain text only, no formatted mail',
    kind: { type: 'tick' },
    initial: '',
    tighten: (capability) => ({ ...capability, body: { ...capability.body, html: 'none' } }),
  }
}

function echoControl({ body }: Capability): Control | undefined {
  if (body?.echo === 'none') return undefined
  return {
    field: 'echo',
    label: 'No passages copied from other conversations',
    kind: { type: 'tick' },
    initial: '',
    tighten: (capability) => ({ ...capability, body: { ...capability.body, echo: 'none' } }),
  }
}

function sendersControl({ from, actions }: Capability): Control {
  const initial = toLines(from)
  return {
    field: 'from',
    label: isAnswer(actions) ? 'Only answers to mail from' : 'Only mail from',
    help:
      initial === ''
        ? 'One domain or address per line. Empty: from anybody.'
        : 'One domain or address per line. Remove lines, or put an address in place of its domain.',
    kind: { type: 'lines' },
    initial,
    tighten(capability, answer) {
      const named = fromLines(answer)
      if (!named) throw new ControlProblem('Name at least one, or untick the row.')
      return { ...capability, from: named }
    },
  }
}

function ageControl({ newer_than_days: days }: Capability): Control {
  const max = days ?? 3650
  return {
    field: 'days',
    label: 'Days old, at most',
    help: days === undefined ? 'Empty: however old it is.' : '',
    kind: { type: 'number', min: 1, max },
    initial: days === undefined ? '' : String(days),
    tighten: (capability, answer) => ({
      ...capability,
      newer_than_days: toWholeNumber(answer, max),
    }),
  }
}

function authenticatedControl({ authenticated }: Capability): Control | undefined {
  if (authenticated) return undefined
  return {
    field: 'authenticated',
    label: 'Only mail whose sender Gmail could prove (DMARC)',
    kind: { type: 'tick' },
    initial: '',
    tighten: (capability) => ({ ...capability, authenticated: true }),
  }
}

interface NamedPeople {
  readonly domains?: readonly string[] | undefined
  readonly addresses?: readonly string[] | undefined
}

function toLines(named: NamedPeople | undefined): string {
  return [...(named?.domains ?? []), ...(named?.addresses ?? [])].join('\n')
}

/** domains and addresses tell themselves apart; what is neither is refused by the vocabulary, with its own sentence */
function fromLines(text: string): { domains?: string[]; addresses?: string[] } | undefined {
  const words = wordsOf(text)
  const addresses = words.filter((word) => word.includes('@'))
  const domains = words.filter((word) => !word.includes('@'))
  if (words.length === 0) return undefined
  return { ...(domains.length > 0 && { domains }), ...(addresses.length > 0 && { addresses }) }
}

function wordsOf(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/u).filter((word) => word !== ''))]
}

function upTo<T extends { readonly value: string }>(
  levels: readonly T[],
  asked: T['value'],
): readonly T[] {
  return levels.slice(0, levels.findIndex(({ value }) => value === asked) + 1)
}

function valuesOf<T extends string>(choices: readonly { readonly value: T }[]): T[] {
  return choices.map(({ value }) => value)
}
