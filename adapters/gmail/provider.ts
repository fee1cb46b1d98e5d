import type { Provider } from '../provider.ts'
import { gmailBatch } from './batch/index.ts'
import { toGmailError } from './errors.ts'
import { readNames } from './narrowing.ts'
import { GMAIL_OPERATIONS } from './operations/index.ts'

/** only `me`: a delegated credential would reach other people's mailboxes through their address */
export const gmailProvider: Provider = {
  name: 'gmail',
  basePath: '/gmail/v1/users/me',
  operations: GMAIL_OPERATIONS,
  batch: gmailBatch,
  readNames,
  toError: toGmailError,
}
