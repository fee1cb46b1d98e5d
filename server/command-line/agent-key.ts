import { findEd25519, toThumbprint, type Jwk } from '../../capabilities/index.ts'
import { CommandError } from './command.ts'
import { parseJson, readText } from './connect.ts'

/** the key that a grant's tokens are bound to */
export interface AgentKey {
  readonly thumbprint: string
  /** an Ed25519 key, as a whole: its holder can hand a token on, offline */
  readonly delegationKey?: Uint8Array
}

/** SHA-256 in base64url; a file of that name is `./<name>` */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/**
 * A key as an operator has it from the agent: its RFC 7638 thumbprint, a public JWK, or a file with one. From a thumbprint
 * nobody can delegate, because a token that is to be handed on has to hold the key itself.
 */
export async function readAgentKey(
  text: string,
  readInput: () => Promise<string>,
): Promise<AgentKey> {
  if (THUMBPRINT.test(text)) return { thumbprint: text }
  const json = text.trimStart().startsWith('{') ? text : await readText(text, readInput)
  return toAgentKey(parseJwk(json))
}

function parseJwk(json: string): Jwk {
  if (json.includes('PRIVATE KEY-----')) throw privateKeyGiven()
  const jwk: unknown = json.trimStart().startsWith('{') ? parseJson(json) : undefined
  if (typeof jwk !== 'object' || jwk === null) {
    throw new CommandError('--key is a thumbprint, a public key as JWK, or a file with one')
  }
  return jwk
}

function toAgentKey(jwk: Jwk): AgentKey {
  // RFC 7518 §6.2.2, §6.3.2, §6.4: `d` of a private key, `k` of a symmetric one
  if ('d' in jwk || 'k' in jwk) throw privateKeyGiven()
  const delegationKey = findEd25519(jwk)
  if (delegationKey !== undefined) return { thumbprint: toThumbprint(jwk), delegationKey }
  // what a front takes proofs by: a token bound to any other key would be of no use
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256') {
    throw new CommandError('--key: proofs are made with an Ed25519 or a P-256 key')
  }
  return { thumbprint: toThumbprint(jwk) }
}

function privateKeyGiven(): CommandError {
  return new CommandError(
    '--key: that is a private key, and stays with its agent: give the public half, without `d`',
  )
}
