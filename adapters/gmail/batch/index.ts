import type { BatchFormat } from '../../batch.ts'
import { readBatch } from './read.ts'
import { writeBatch } from './write.ts'

/** the address of the discovery document, and the one that follows Google's own pattern */
const PATHS: readonly string[] = ['/batch', '/batch/gmail/v1']

/** Gmail's batches: `multipart/mixed` of `application/http` (RFC 9112 §10.2), both ways */
export const gmailBatch: BatchFormat = {
  // fifty reads are a few kilobytes; a mail with large attachments goes alone
  maxBodyBytes: 8 * 1024 * 1024,
  isBatch: ({ method, path }) => method === 'POST' && PATHS.includes(path),
  read: readBatch,
  write: writeBatch,
}
