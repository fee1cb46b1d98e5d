/**
 * What a Gmail front has decoded from one request, before any decision: the raw material of the facts, and what the
 * plain meaning of every constraint is asked about. Addresses are normalised addr-specs, `local@domain`
 * (see `normalise.ts`); texts are normalised; times are seconds.
 */
export interface MessageFacts {
  readonly id: string
  readonly threadId: string
  /** the one sender; a message with no, several or unreadable From headers has none and matches no `from` filter */
  readonly from: string | undefined
  readonly to: readonly string[]
  readonly cc: readonly string[]
  /** Gmail's label ids, and the names that a token speaks of */
  readonly labels: readonly string[]
  readonly subject: string
  /** now minus Gmail's `internalDate`; never the sender's Date header */
  readonly ageSeconds: number
  readonly hasAttachment: boolean
  /** DMARC passed, as Gmail stamped it in the topmost Authentication-Results */
  readonly authenticated: boolean
}

/** where the bytes of an outgoing attachment were seen before: in the answered thread, in another readable message, nowhere */
export type AttachmentOrigin = 'thread' | 'readable' | 'outside'

export interface MailFacts {
  /** every address of To and Cc, each once */
  readonly recipients: readonly string[]
  readonly attachmentOrigins: readonly AttachmentOrigin[]
  /** the HTML that will be sent, after the front's sanitiser */
  readonly html: 'none' | 'sanitised'
  /** `known`: the host already appears in the answered thread */
  readonly linkOrigins: readonly ('known' | 'new')[]
  /** subject, decoded text, HTML text, attachment names, text attachments: where `body.refuse` looks */
  readonly texts: readonly string[]
  /** a passage of it was shown in another conversation; absent: nobody looked, and a token that asks allows nothing */
  readonly echoes?: boolean | undefined
}

export interface ThreadFacts {
  /** everyone in From, To and Cc of the thread, drafts, spam and trash apart, without the account itself */
  readonly participants: readonly string[]
  /** the message that this reply answers; a read filter on `messages.reply` is held against it */
  readonly answered: MessageFacts
}

/** labels that are put on or taken off; each by all the words it goes by: its id, and the name that its owner gave it */
export interface LabelChange {
  readonly added: readonly (readonly string[])[]
  readonly removed: readonly (readonly string[])[]
}

export type GmailAction =
  | {
      readonly operation:
        | 'gmail.messages.list'
        | 'gmail.labels.list'
        | 'gmail.profile.read'
        | 'gmail.history.list'
        | 'gmail.drafts.list'
    }
  | {
      readonly operation: 'gmail.messages.read'
      /** how much the answer would show; a message format of `minimal` or a list row is `metadata` */
      readonly content: 'metadata' | 'full'
      readonly message: MessageFacts
    }
  | {
      readonly operation: 'gmail.messages.reply'
      readonly thread: ThreadFacts
      readonly mail: MailFacts
    }
  | { readonly operation: 'gmail.messages.send'; readonly mail: MailFacts }
  | {
      readonly operation: 'gmail.drafts.write'
      /** of the conversation that the draft answers; undefined: a new mail */
      readonly thread: ThreadFacts | undefined
      readonly mail: MailFacts
    }
  | {
      readonly operation: 'gmail.labels.apply'
      readonly message: MessageFacts
      readonly change: LabelChange
    }
  | { readonly operation: 'gmail.messages.trash'; readonly message: MessageFacts }

export type GmailOperation = GmailAction['operation']
