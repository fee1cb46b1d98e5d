import type { HeaderField } from './header-block.ts'
import { refuse } from './unreadable.ts'

/** a second one is the classic disagreement: one parser takes the first, another the last, a third both */
const SINGLETONS: ReadonlySet<string> = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'reply-to',
  'sender',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'content-id',
  'content-description',
])

/** headers that make someone else receive mail, now or when the recipient answers */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['bcc', 'Bcc is not allowed: every recipient must be visible in To or Cc'],
  ['reply-to', 'Reply-To is not allowed: answers go to the account itself'],
  ...[
    'apparently-to',
    'delivered-to',
    'disposition-notification-to',
    'disposition-notification-options',
    'envelope-to',
    'errors-to',
    'mail-followup-to',
    'mail-reply-to',
    'generate-delivery-report',
    'read-receipt-to',
    'return-path',
    'return-receipt-to',
    'return-receipt-requested',
    'x-confirm-reading-to',
    'x-envelope-to',
    'x-original-to',
    'x-rcpt-to',
  ].map((name): [string, string] => [
    name,
    `the header ${name} is not allowed: it names a further recipient`,
  ]),
])

const REFUSED_PREFIXES = ['resent-', 'x-forwarded-', 'apparently-', 'x-resent-'] as const

/** Reads the one value of a header that the front looks at. Every other header of the message is dropped, not copied. */
export type Headers = ReadonlyMap<string, string>

export function readHeaders(fields: readonly HeaderField[]): Headers {
  const values = new Map<string, string>()
  for (const { name, value } of fields) {
    assertAdmitted(name)
    if (!SINGLETONS.has(name)) continue
    if (values.has(name)) refuse(`the header ${name} stands twice`)
    values.set(name, value)
  }
  return values
}

function assertAdmitted(name: string): void {
  const reason = REFUSED.get(name)
  if (reason !== undefined) refuse(reason)
  if (REFUSED_PREFIXES.some((prefix) => name.startsWith(prefix))) {
    refuse(`the header ${name} is not allowed: it names a further recipient`)
  }
}
