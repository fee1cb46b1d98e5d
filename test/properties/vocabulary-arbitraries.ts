import fc from 'fast-check'
import {
  parseCapabilities,
  parseNarrowing,
  type Budgets,
  type Capability,
  type Action,
  type MailFacts,
  type MessageFacts,
  type Narrowing,
} from '../../capabilities/index.ts'
import {
  ENDS,
  hours,
  isEmpty,
  rarely,
  some,
  sparse,
  withoutUndefined,
} from './vocabulary-common.ts'

export { AUDIENCE, moments } from './vocabulary-common.ts'

import { STRIPE_SUBJECTS, stripeActions, stripeEntries } from './stripe-arbitraries.ts'

type AttachmentOrigin = MailFacts['attachmentOrigins'][number]

/** small pools: two random readings of one rule only meet where the values do */
const DOMAINS = ['acme.com', 'customer.org', 'evil.example']
const ADDRESSES = ['bob@acme.com', 'ann@acme.com', 'kim@customer.org', 'eve@evil.example']
/** none of them in a filter: a grant that writes what it filters by is refused */
const CHANGED_LABELS = ['Label_7', 'Follow up', 'Done', 'UNREAD']
const LABELS = ['INBOX', 'Label_1', 'Label_2']
const THREADS = ['T1', 'T2', 'T3']
const SUBJECTS = ['order 12', 'order', 'urgent: order 12', 'invoice']
const TEXTS = [
  'see you tomorrow',
  'card 4111 1111 1111 1111',
  'iban DE89 3704 0044 0532 0130 00',
  'about pro\u200bject-falcon',
  '-----BEGIN PRIVATE KEY-----',
]
const REFUSALS = [
  'payment_card',
  'iban',
  'private_key',
  'api_key',
  'capability_token',
  'encoded_data',
  'project falcon',
  'tomorrow',
]

const parties = fc.oneof(
  fc.record({ domains: some(DOMAINS) }),
  fc.record({ addresses: some(ADDRESSES) }),
  fc.record({ domains: some(DOMAINS), addresses: some(ADDRESSES) }),
)

const limit = fc
  .record({
    per: fc.constantFrom('hour', 'day', 'week', 'grant'),
    unit: fc.constantFrom('calls', 'calls', 'recipients', 'new_recipients', 'bytes'),
    max: fc.constantFrom(1, 5, 40),
    zone: fc.constantFrom(undefined, undefined, 'UTC', 'Europe/Paris'),
    together: fc.constantFrom(undefined, undefined, true),
    over: fc.constantFrom(undefined, undefined, undefined, 'ask'),
  })
  .map(({ per, unit, max, zone, together, over }) =>
    withoutUndefined({
      per,
      [unit]: max,
      zone: per === 'grant' ? undefined : zone,
      together,
      over,
    }),
  )

/** when the buyer of a mailbox wants to be asked */
const mailApproval = fc.oneof(
  fc.constant('always'),
  fc
    .record({
      attachments: rarely(fc.constant(true)),
      new_recipient: rarely(fc.constant(true)),
      echo: rarely(fc.constant(true)),
    })
    .map(withoutUndefined)
    .filter((value) => Object.keys(value).length > 0),
)

/** which counters had room: `budget_ok` of a limit that is not among them is not asserted */
export const rooms: fc.Arbitrary<Budgets> = fc.oneof(
  fc.constant('assumed' as const),
  fc
    .record({
      subjects: fc.subarray([
        'gmail.messages.read',
        'gmail.messages.reply',
        'gmail.messages.send',
        'gmail.sending',
        ...STRIPE_SUBJECTS,
      ]),
      units: fc.subarray(
        ['calls', 'recipients', 'new_recipients', 'bytes', 'amount.usd', 'amount.eur'],
        { minLength: 2 },
      ),
      windows: fc.subarray(['hour', 'day', 'week', 'day Europe/Paris', 'grant'], { minLength: 2 }),
    })
    .map(({ subjects, units, windows }) =>
      subjects.flatMap((subject) =>
        units.flatMap((unit) =>
          windows.flatMap((window) =>
            [1, 5, 40].map((max) => ({ dimension: `${subject}.${unit}`, window, max })),
          ),
        ),
      ),
    ),
)

const general = {
  limits: rarely(fc.array(limit, { minLength: 1, maxLength: 2 })),
  hours: rarely(hours),
  expires_at: rarely(fc.constantFrom(...ENDS)),
}

const filter = {
  from: rarely(parties),
  to: rarely(parties),
  cc: rarely(parties),
  labels: rarely(some(LABELS)),
  subject_contains: rarely(fc.oneof(fc.constantFrom('order', 'ORDER 12', 'e'), some(SUBJECTS))),
  newer_than_days: rarely(fc.constantFrom(1, 7, 30)),
  threads: rarely(some(THREADS)),
  has_attachment: rarely(fc.boolean()),
  authenticated: rarely(fc.constant(true)),
}

const recipients = fc.record({
  base: fc.constantFrom({ participants: true }, { sender_only: true }, {}),
  domains: rarely(some(DOMAINS)),
  addresses: rarely(some(ADDRESSES)),
  max: rarely(fc.constantFrom(1, 2, 3)),
})

const body = fc.record({
  html: rarely(fc.constant('none')),
  links: rarely(fc.constantFrom('none', 'known')),
  refuse: rarely(some(REFUSALS)),
  echo: rarely(fc.constant('none')),
})

const sending = {
  recipients: rarely(recipients.map(({ base, ...rest }) => withoutUndefined({ ...base, ...rest }))),
  attachments: rarely(fc.constantFrom('none', 'thread', 'readable', 'any')),
  body: rarely(body.map(withoutUndefined)),
  approval: rarely(mailApproval),
}

const reading = sparse(
  fc.record({ content: rarely(fc.constantFrom('metadata', 'full')), ...filter, ...general }),
).map((said) => ({ actions: ['messages.read'], ...said }))
const replying = sparse(fc.record({ ...filter, ...sending, ...general })).map((said) => ({
  actions: ['messages.reply'],
  ...said,
}))
const drafting = sparse(fc.record({ ...filter, ...sending, ...general })).map((said) => ({
  actions: ['drafts.write'],
  ...said,
}))
const labelling = fc
  .tuple(
    sparse(fc.record({ ...filter, ...general, approval: rarely(fc.constant('always')) })),
    fc.subarray(CHANGED_LABELS, { minLength: 1 }),
    fc.subarray(CHANGED_LABELS),
  )
  .map(([said, add, remove]) => ({ actions: ['labels.apply'], ...said, add, remove }))
const trashing = sparse(
  fc.record({ ...filter, ...general, approval: rarely(fc.constant('always')) }),
).map((said) => ({
  actions: ['messages.trash'],
  ...said,
}))
const following = sparse(fc.record(general)).map((said) => ({ actions: ['history.read'], ...said }))
const sendingNew = sparse(fc.record({ ...sending, ...general })).map((said) => ({
  actions: ['messages.send'],
  ...said,
}))
/** what an entry leaves unsaid is filled in strictly, and then nothing else ever decides: these say it widely */
const roomy = fc
  .tuple(fc.oneof(replying, sendingNew, drafting), body.map(withoutUndefined))
  .map(([entry, said]) => ({
    recipients: { domains: DOMAINS },
    attachments: 'any',
    body: said,
    ...entry,
  }))
const metadataOnly = reading.map((entry) => ({ ...entry, content: 'metadata' }))
const everything = sparse(fc.record({ ...filter, ...sending, ...general })).chain((said) =>
  fc
    .constantFrom(
      ['messages.read', 'messages.reply'],
      ['messages.reply', 'messages.send'],
      ['messages.read', 'messages.send'],
      ['messages.reply', 'drafts.write'],
      ['messages.read', 'messages.trash', 'history.read'],
    )
    .map((actions) => ({ actions, ...said })),
)

const entries = fc
  .oneof(
    stripeEntries,
    stripeEntries,
    stripeEntries,
    reading,
    metadataOnly,
    replying,
    sendingNew,
    drafting,
    labelling,
    trashing,
    following,
    roomy,
    roomy,
    everything,
  )
  .map((entry) => ({
    type: 'gmail',
    ...Object.fromEntries(
      Object.entries(entry).filter(([, value]) => value !== undefined && !isEmpty(value)),
    ),
  }))

/** what parses; the arbitraries above do not know which constraint bears on which action */
function parsedBy<T>(parse: (json: unknown) => T[]): fc.Arbitrary<T> {
  return entries
    .map((entry) => {
      try {
        return parse([entry])[0]
      } catch {
        return undefined
      }
    })
    .filter((parsed) => parsed !== undefined)
}

export const capabilities: fc.Arbitrary<Capability> = parsedBy(parseCapabilities)
export const narrowings: fc.Arbitrary<Narrowing> = parsedBy(parseNarrowing)

const messages: fc.Arbitrary<MessageFacts> = fc.record({
  id: fc.constant('m1'),
  threadId: fc.constantFrom(...THREADS),
  from: fc.option(fc.constantFrom(...ADDRESSES), { nil: undefined, freq: 9 }),
  to: fc.subarray(ADDRESSES),
  cc: fc.subarray(ADDRESSES),
  labels: fc.oneof(
    { weight: 9, arbitrary: fc.subarray(LABELS, { minLength: 1 }) },
    { weight: 1, arbitrary: fc.constantFrom(['SPAM'], ['TRASH', 'Label_1'], ['DRAFT']) },
  ),
  subject: fc.constantFrom(...SUBJECTS),
  ageSeconds: fc.constantFrom(-5, 0, 86_400, 86_401, 604_800, 2_592_000, 2_592_001),
  hasAttachment: fc.boolean(),
  authenticated: fc.boolean(),
})

const mails: fc.Arbitrary<MailFacts> = fc.record({
  recipients: fc.oneof(
    fc.constantFrom(...ADDRESSES).map((address) => [address]),
    fc.subarray(ADDRESSES, { minLength: 1 }),
  ),
  attachmentOrigins: fc.oneof(
    fc.constant<AttachmentOrigin[]>([]),
    fc.subarray<AttachmentOrigin>(['thread', 'readable', 'outside'], { maxLength: 2 }),
  ),
  html: fc.constantFrom('none', 'sanitised'),
  linkOrigins: fc.subarray<'known' | 'new'>(['known', 'new']),
  texts: fc.subarray(TEXTS, { maxLength: 2 }),
  echoes: fc.constantFrom(false, false, true, undefined),
})

const threads = fc.record({
  participants: fc.subarray(ADDRESSES, { minLength: 1 }),
  answered: messages,
})

/** a label by its id, and sometimes by its name as well */
const changedLabels = fc.array(
  fc.oneof(
    fc.constantFrom(...CHANGED_LABELS, 'Label_9').map((label) => [label]),
    fc.constantFrom(['Label_7', 'Follow up'], ['Label_8', 'Done']),
  ),
  { maxLength: 2 },
)

export const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: stripeActions },
  {
    weight: 4,
    arbitrary: fc.record({
      operation: fc.constant('gmail.messages.read' as const),
      content: fc.constantFrom('metadata', 'full'),
      message: messages,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      operation: fc.constant('gmail.messages.reply' as const),
      thread: threads,
      mail: mails,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ operation: fc.constant('gmail.messages.send' as const), mail: mails }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      operation: fc.constant('gmail.drafts.write' as const),
      thread: fc.option(threads, { nil: undefined }),
      mail: mails,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      operation: fc.constant('gmail.labels.apply' as const),
      message: messages,
      change: fc.record({ added: changedLabels, removed: changedLabels }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      operation: fc.constant('gmail.messages.trash' as const),
      message: messages,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      operation: fc.constantFrom(
        'gmail.messages.list',
        'gmail.labels.list',
        'gmail.profile.read',
        'gmail.history.list',
        'gmail.drafts.list',
      ),
    }),
  },
)
