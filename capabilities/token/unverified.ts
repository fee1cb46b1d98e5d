import { admitBlocks } from './admission.ts'
import { revocationIdsOf, type Envelope } from './envelope.ts'
import { attempt, type TokenRefusal } from './refusal.ts'
import type { SymbolTable } from './symbols.ts'
import type { Block } from './syntax.ts'
import { readTokenText } from './token-text.ts'

/** readable and inside the admission profile; nobody has looked at a signature */
export interface UnverifiedToken {
  readonly text: string
  readonly rootKeyId: number | undefined
  readonly unverifiedBlocks: readonly Block[]
  /** hex, authority block first */
  readonly revocationIds: readonly string[]
  readonly sealed: boolean
}

export type ParseResult =
  | { readonly ok: true; readonly token: UnverifiedToken }
  | { readonly ok: false; readonly refusal: TokenRefusal }

/** for attenuating and showing; whatever decides needs `verifyToken` */
export function parseToken(text: string): ParseResult {
  const read = attempt(() => readToken(text))
  if (!read.ok) return read
  const { envelope, blocks } = read.value
  return {
    ok: true,
    token: {
      text,
      rootKeyId: envelope.rootKeyId,
      unverifiedBlocks: blocks,
      revocationIds: revocationIdsOf(envelope),
      sealed: envelope.proof.type === 'seal',
    },
  }
}

export interface ReadToken {
  readonly envelope: Envelope
  readonly blocks: readonly Block[]
  readonly symbols: SymbolTable
}

/** cheapest first: length, envelope, admission; throws `Refused` */
export function readToken(text: string): ReadToken {
  const envelope = readTokenText(text)
  return { envelope, ...admitBlocks(envelope.blocks) }
}
