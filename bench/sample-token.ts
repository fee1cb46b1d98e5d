import {
  appendBlock,
  attenuate,
  compileGrant,
  generateRootKey,
  mintToken,
  parseCapabilities,
  verifyToken,
  type Block,
  type GmailAction,
  type MintedToken,
  type VerifiedToken,
  type VerifyResult,
} from '../capabilities/index.ts'

export const AUDIENCE = 'http://127.0.0.1:4001'
export const NOW: number = Math.floor(Date.now() / 1000)

const root = generateRootKey()
export const rootPublicKey: Uint8Array = root.publicKey

const GRANT: Block = compileGrant({
  grantId: 'g_bench',
  clientId: 'bench',
  audience: AUDIENCE,
  expiresAt: NOW + 86_400,
  capabilities: parseCapabilities([
    {
      type: 'gmail',
      actions: ['messages.read'],
      from: { domains: ['customer.example', 'partner.example'] },
      labels: ['Label_support'],
      subject_contains: 'order',
      newer_than_days: 30,
    },
    {
      type: 'gmail',
      actions: ['messages.reply'],
      recipients: { participants: true, max: 5 },
    },
  ]),
})

/** a grant as a buyer makes them: two entries, five conditions */
export function mint(): MintedToken {
  return mintToken(GRANT, { id: 1, privateKey: root.privateKey })
}

export function narrow(token: string): string {
  return attenuate(token, [
    { type: 'gmail', actions: ['messages.read'], from: { domains: ['customer.example'] } },
  ])
}

export function tokenOf(blocks: number): string {
  let token = mint().token
  for (let count = 1; count < blocks; count += 1) token = narrow(token)
  return token
}

/** what a front does on first sight, without the second reader */
export function verifyHere(token: string): VerifyResult {
  return verifyToken(token, { find: () => rootPublicKey })
}

export function verified(token: string): VerifiedToken {
  const result = verifyHere(token)
  if (!result.ok) throw new Error(result.refusal.detail)
  return result.token
}

/** a bare grant of one operation, attenuated by the given block */
export function attenuatedBy(block: Block): string {
  const string = (value: string) => ({ type: 'string', value }) as const
  const bare: Block = {
    facts: [
      { name: 'grant', terms: [string('g_bench')] },
      { name: 'right', terms: [string('gmail.messages.read')] },
    ],
    checks: [],
  }
  return appendBlock(mintToken(bare, { id: 1, privateKey: root.privateKey }).token, block).token
}

/** the longest list that still fits a token: grows until the issuer's own checks refuse */
export function largest(make: (size: number) => Block, most: number): string {
  const base = mint().token
  let low = 1
  let high = most
  let best = appendBlock(base, make(low)).token
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    try {
      best = appendBlock(base, make(middle)).token
      low = middle
    } catch {
      high = middle - 1
    }
  }
  return best
}

export const READ: Extract<GmailAction, { operation: 'gmail.messages.read' }> = {
  operation: 'gmail.messages.read',
  content: 'full',
  message: {
    id: 'm1',
    threadId: 't1',
    from: 'lena@customer.example',
    to: ['dana@northwind-tea.example'],
    cc: [],
    labels: ['INBOX', 'Label_support'],
    subject: 'where is my order 1042?',
    ageSeconds: 3600,
    hasAttachment: false,
    authenticated: true,
  },
}
