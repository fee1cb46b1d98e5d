import { z } from 'zod'
import { mailOf } from './action-parts.ts'
import { ATTACHMENT_SOURCES, type AttachmentSource } from './capability.ts'
import { constraint, type Constraint } from './constraint.ts'
import type { AttachmentOrigin } from './gmail-action.ts'
import { binary, constantsOf, fact, leaf, stringSet, stringsOf } from './terms.ts'

export const attachmentsSchema: z.ZodType<AttachmentSource> = z.enum(ATTACHMENT_SOURCES)

const ORIGINS: Record<AttachmentSource, readonly AttachmentOrigin[]> = {
  none: [],
  thread: ['thread'],
  readable: ['readable', 'thread'],
  any: ['outside', 'readable', 'thread'],
}

const WORDS: Record<AttachmentSource, string> = {
  none: 'without attachments',
  thread: 'with attachments only from that conversation',
  readable: 'with attachments only from e-mail it can read',
  any: 'with any attachments',
}

/** told by the bytes, never by a file name: the front compares hashes */
export const attachments: Constraint = constraint<AttachmentSource>({
  name: 'attachments',
  predicate: 'attachment_origins',
  get: (conditions) => conditions.attachments,
  set: (conditions, value) => ({ ...conditions, attachments: value }),
  caveat: (value) =>
    value === 'any'
      ? undefined
      : leaf('attachment_origins', (origins) =>
          binary(stringSet(ORIGINS[value]), 'contains', origins),
        ),
  decompile: (query) => {
    const allowed = stringsOf(constantsOf(query)[0])
    return ATTACHMENT_SOURCES.find((source) => ORIGINS[source].length === allowed?.length)
  },
  permits: (value, action) =>
    value === 'any' ||
    mailOf(action)?.attachmentOrigins.every((origin) => ORIGINS[value].includes(origin)) === true,
  subsumes: (wider, narrower) =>
    ATTACHMENT_SOURCES.indexOf(narrower) <= ATTACHMENT_SOURCES.indexOf(wider),
  phrase: (value) => WORDS[value],
  explain: (value, action) => ({
    refused: refusedWords(value, mailOf(action)?.attachmentOrigins ?? []),
    allowed: WORDS[value],
  }),
  assert: (action) => {
    const mail = mailOf(action)
    return mail && fact('attachment_origins', stringSet(mail.attachmentOrigins))
  },
})

function refusedWords(value: AttachmentSource, origins: readonly AttachmentOrigin[]): string {
  if (value === 'none') return 'this mail has an attachment'
  return origins.includes('outside')
    ? 'an attachment is not from any e-mail it can read'
    : 'an attachment is not from that conversation'
}
