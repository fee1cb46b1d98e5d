import {
  CapabilityError,
  compileGrant,
  generateRootKey,
  mintToken,
  parseCapabilities,
  verifyToken,
  type GmailAction,
  type LabelChange,
  type GrantContent,
  type MailFacts,
  type MessageFacts,
  type VerifiedToken,
} from '../../capabilities/index.ts'

export const AUDIENCE = 'http://127.0.0.1:4001'
/** a Tuesday, 11:00 in Paris */
export const NOW: number = Date.parse('2026-11-24T10:00:00Z') / 1000

export const root: { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array } =
  generateRootKey()

/** a minted token for one or more entries as a client would write them */
export function tokenFor(...entries: object[]): string {
  return boundTokenFor({}, ...entries)
}

/** the same, bound to a key */
export function boundTokenFor(
  binding: Partial<Pick<GrantContent, 'keyThumbprint' | 'delegationKey' | 'expiresAt'>>,
  ...entries: object[]
): string {
  const block = compileGrant({
    grantId: 'g_1',
    clientId: 'support-agent',
    audience: AUDIENCE,
    expiresAt: NOW + 3600,
    ...binding,
    capabilities: parseCapabilities(entries.map((entry) => ({ type: 'gmail', ...entry }))),
  })
  return mintToken(block, { id: 1, privateKey: root.privateKey }).token
}

export function verified(token: string): VerifiedToken {
  const result = verifyToken(token, { find: () => root.publicKey })
  if (!result.ok) throw new Error(result.refusal.detail)
  return result.token
}

const message: MessageFacts = {
  id: 'm1',
  threadId: 'T1',
  from: 'bob@acme.com',
  to: ['shop@mine.example'],
  cc: ['kim@customer.org'],
  labels: ['INBOX', 'Label_1'],
  subject: 'your order 12',
  ageSeconds: 3600,
  hasAttachment: false,
  authenticated: true,
}

const mail: MailFacts = {
  recipients: ['bob@acme.com'],
  attachmentOrigins: [],
  html: 'none',
  linkOrigins: [],
  texts: ['thank you'],
}

export function read(
  change: Partial<MessageFacts> = {},
  content: 'metadata' | 'full' = 'full',
): GmailAction {
  return { operation: 'gmail.messages.read', content, message: { ...message, ...change } }
}

export function reply(
  change: Partial<MailFacts> = {},
  answered: Partial<MessageFacts> = {},
): GmailAction {
  return {
    operation: 'gmail.messages.reply',
    thread: {
      participants: ['bob@acme.com', 'kim@customer.org'],
      answered: { ...message, ...answered },
    },
    mail: { ...mail, ...change },
  }
}

export function send(change: Partial<MailFacts> = {}): GmailAction {
  return { operation: 'gmail.messages.send', mail: { ...mail, ...change } }
}

/** a draft of an answer; without a conversation that of a new mail */
export function draft(
  change: Partial<MailFacts> = {},
  answered: Partial<MessageFacts> | 'nothing' = {},
): GmailAction {
  const thread =
    answered === 'nothing'
      ? undefined
      : {
          participants: ['bob@acme.com', 'kim@customer.org'],
          answered: { ...message, ...answered },
        }
  return { operation: 'gmail.drafts.write', thread, mail: { ...mail, ...change } }
}

export function label(change: Partial<LabelChange>, of: Partial<MessageFacts> = {}): GmailAction {
  return {
    operation: 'gmail.labels.apply',
    message: { ...message, ...of },
    change: { added: [], removed: [], ...change },
  }
}

export function trash(change: Partial<MessageFacts> = {}): GmailAction {
  return { operation: 'gmail.messages.trash', message: { ...message, ...change } }
}

/** `code: message` of the CapabilityError that a call throws */
export function errorOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof CapabilityError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'no error'
}
