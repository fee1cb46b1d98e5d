import { Refused } from './refusal.ts'
import type { Block, Check, Fact } from './syntax.ts'
import { thumbprintOf } from './keys.ts'

/**
 * Offline delegation to another key. The authority block binds the token to the holder's key, or to one that a block signed
 * by that very key names; such a block also says that nothing but the new key will do. Both are admitted in exactly the form
 * that is written here, so a reader of the token has two shapes to know, and the scope of Datalog stays a detail of one check.
 */
export const DELEGATED = 'delegated_jkt'
const BOUND = 'cnf_jkt'
/** RFC 7638 with SHA-256, in base64url */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/** `check if cnf_jkt("…") or cnf_jkt($j), delegated_jkt($j) trusting ed25519/…`, of the key in hex */
export function delegableBinding(publicKey: string): Check {
  const name = thumbprintOf(Buffer.from(publicKey, 'hex'))
  const j = { type: 'variable', name: 'j' } as const
  return {
    queries: [
      { predicates: [{ name: BOUND, terms: [{ type: 'string', value: name }] }], expressions: [] },
      {
        predicates: [
          { name: BOUND, terms: [j] },
          { name: DELEGATED, terms: [j] },
        ],
        expressions: [],
        trusting: publicKey,
      },
    ],
  }
}

/** `delegated_jkt("…"); check if cnf_jkt("…");`: without its check the delegating key could still use the token */
export function delegation(thumbprint: string): Omit<Block, 'signer'> {
  const term = { type: 'string', value: thumbprint } as const
  return {
    facts: [{ name: DELEGATED, terms: [term] }],
    checks: [{ queries: [{ predicates: [{ name: BOUND, terms: [term] }], expressions: [] }] }],
  }
}

/** the key, in hex, that may delegate a token with this authority block */
export function findDelegator(authority: Block | undefined): string | undefined {
  return authority?.checks.flatMap(keysTrustedBy)[0]
}

/** the thumbprint of the key that a block of this shape delegates to */
export function findDelegate({ facts, checks }: Block): string | undefined {
  const [term] = facts[0]?.terms ?? []
  if (term?.type !== 'string' || !THUMBPRINT.test(term.value)) return undefined
  return isSame({ facts, checks }, delegation(term.value)) ? term.value : undefined
}

export function isDelegableBinding(check: Check): boolean {
  const [key] = keysTrustedBy(check)
  return key !== undefined && isSame(check, delegableBinding(key))
}

/** throws `Refused` for a scope, a delegation or a third party anywhere but where this file puts them */
export function assertDelegation(blocks: readonly Block[]): void {
  const [authority] = blocks
  blocks.forEach((block, index) => {
    if (block.signer !== undefined) return
    if (block.facts.some(isDelegated)) {
      throw notAdmitted(index, `only a block signed by another key may assert \`${DELEGATED}\``)
    }
    const trusting = block.checks.filter((check) => keysTrustedBy(check).length > 0)
    const isOurs = index === 0 && trusting.length === 1 && trusting.every(isDelegableBinding)
    if (trusting.length > 0 && !isOurs) {
      throw notAdmitted(index, '`trusting` stands only where the token is bound to a key')
    }
  })
  const delegations = blocks.flatMap((block, index) => (block.signer === undefined ? [] : [index]))
  const [index, again] = delegations
  if (index === undefined) return
  if (again !== undefined) throw notAdmitted(again, 'a token is delegated once')
  const block = blocks[index]
  if (block === undefined || findDelegate(block) === undefined) {
    throw notAdmitted(index, 'a third-party block delegates to a key, and does nothing else')
  }
  if (block.signer !== findDelegator(authority)) {
    throw notAdmitted(index, 'signed by a key that may not delegate this token')
  }
}

function keysTrustedBy({ queries }: Check): string[] {
  return queries.flatMap(({ trusting }) => trusting ?? [])
}

function isDelegated({ name }: Fact): boolean {
  return name === DELEGATED
}

function notAdmitted(index: number, detail: string): Refused {
  return new Refused('not_admitted', `block ${index}: ${detail}`)
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
