import type { Operation } from '../../operation.ts'
import { draftsCreate } from './drafts-create.ts'
import { draftsDelete } from './drafts-delete.ts'
import { draftsGet } from './drafts-get.ts'
import { draftsList } from './drafts-list.ts'
import { draftsSend } from './drafts-send.ts'
import { draftsUpdate } from './drafts-update.ts'
import { getProfile } from './get-profile.ts'
import { historyList } from './history-list.ts'
import { labelsGet, labelsList } from './labels-list.ts'
import { messagesAttachmentsGet } from './messages-attachments-get.ts'
import { messagesBatchModify } from './messages-batch-modify.ts'
import { messagesGet } from './messages-get.ts'
import { messagesList } from './messages-list.ts'
import { messagesModify } from './messages-modify.ts'
import { messagesSend } from './messages-send.ts'
import { messagesTrash, messagesUntrash } from './messages-trash.ts'
import { threadsGet } from './threads-get.ts'
import { threadsList } from './threads-list.ts'
import { threadsModify } from './threads-modify.ts'
import { threadsTrash, threadsUntrash } from './threads-trash.ts'

/** the whole of what this front does; a method that is not here is refused, and nothing reaches Gmail */
export const GMAIL_OPERATIONS: readonly Operation[] = [
  messagesGet,
  messagesList,
  messagesAttachmentsGet,
  messagesSend,
  threadsGet,
  threadsList,
  labelsList,
  labelsGet,
  getProfile,
  historyList,
  draftsCreate,
  draftsUpdate,
  draftsGet,
  draftsList,
  draftsSend,
  draftsDelete,
  messagesModify,
  messagesBatchModify,
  threadsModify,
  messagesTrash,
  messagesUntrash,
  threadsTrash,
  threadsUntrash,
]
