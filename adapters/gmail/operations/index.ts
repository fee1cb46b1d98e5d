import type { Operation } from '../../operation.ts'
import { getProfile } from './get-profile.ts'
import { labelsGet, labelsList } from './labels-list.ts'
import { messagesAttachmentsGet } from './messages-attachments-get.ts'
import { messagesGet } from './messages-get.ts'
import { messagesList } from './messages-list.ts'
import { messagesSend } from './messages-send.ts'
import { threadsGet } from './threads-get.ts'
import { threadsList } from './threads-list.ts'

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
]
