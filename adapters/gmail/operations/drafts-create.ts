import { z } from 'zod'
import type { GmailAction } from '../../../capabilities/index.ts'
import type { Decoded, EffectOperation } from '../../operation.ts'
import type { Snapshot } from '../../snapshot.ts'
import { askForMail } from '../asking/mail-card.ts'
import { planDraft, projectDraft } from '../drafts/save-draft.ts'
import { decodeQuery, NO_PARAMETERS, once } from '../parameters.ts'
import { NO_MAIL } from '../sending/draft.ts'
import { prepareSending, type PreparedSend } from '../sending/prepare.ts'
import { decodeJsonDraft, decodeUploadSend, type SendRequest } from '../upload.ts'

/** 25 MB in base64url, and a little JSON around it */
export const MAX_DRAFT_BYTES: number = 36 * 1024 * 1024

export const WRITE_GATE: Extract<GmailAction, { operation: 'gmail.drafts.write' }> = {
  operation: 'gmail.drafts.write',
  thread: undefined,
  mail: NO_MAIL,
}

/** what it would say and to whom is decided when it is written: the account's owner may send it without another look */
export const draftsCreate: EffectOperation<SendRequest, PreparedSend> = {
  name: 'gmail.users.drafts.create',
  effect: 'effect',
  routes: [
    { method: 'POST', template: '/gmail/v1/users/me/drafts', dialect: 'json' },
    { method: 'POST', template: '/upload/gmail/v1/users/me/drafts', dialect: 'upload' },
  ],
  maxBodyBytes: MAX_DRAFT_BYTES,
  gates: [WRITE_GATE],
  conceals: false,
  decode: (request, _ids, dialect) => decodeDraft(request, dialect),
  toRecord: ({ threadId, message }) => ({ threadId, messageBytes: message.length }),
  prepare: (request, call) => prepareSending(request, call, 'drafting'),
  async plan(prepared, chosen, call) {
    return { method: 'POST', path: ['drafts'], ...(await planDraft(prepared, chosen, call)) }
  },
  project: (response, prepared, _chosen, call) => projectDraft(response, prepared, call),
  approvable: (prepared, chosen) => askForMail(prepared, chosen, 'draft'),
}

export function decodeDraft(request: Snapshot, dialect: string): Decoded<SendRequest> {
  if (dialect === 'upload') {
    const query = decodeQuery(request, UPLOAD_PARAMETERS)
    return query.ok ? decodeUploadSend(request, query.params.uploadType, 'draft') : query
  }
  const query = decodeQuery(request, NO_PARAMETERS)
  return query.ok ? decodeJsonDraft(request) : query
}

const UPLOAD_PARAMETERS: z.ZodType<{ uploadType?: string | undefined }> = z.strictObject({
  uploadType: once(z.string()),
})
