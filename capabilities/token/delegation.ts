import { Refused } from './refusal.ts'
import type { Block, Check, Fact, Query, Scalar } from './syntax.ts'

/**
 * Offline delegation to another key. The authority block binds the token to the holder's key, or to one that a block signed
 * by that very key names; such a block also says that nothing but the new key will do. Both are admitted in exactly the form
 * that is written here, so a reader of the token has two shapes to know, and the scope of Datalog stays a detail of one check.
 */
const DELEGATED = 'delegated_jkt'
const BOUND = 'cnf_jkt'
/** RFC 7638 with SHA-256, in base64url */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/** a key that may delegate a token: Ed25519 in hex, and its thumbprint */
export interface DelegatingKey {
  readonly publicKey: string
  readonly thumbprint: string
}

/** `check if cnf_jkt("…") or cnf_jkt($j), delegated_jkt($j) trusting ed25519/…` */
export function delegableBinding({ publicKey, thumbprint }: DelegatingKey): Check {
  const j = { type: 'variable', name: 'j' } as const
  return {
    queries: [
      bindingTo({ type: 'string', value: thumbprint }),
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
    checks: [{ queries: [bindingTo(term)] }],
  }
}

function bindingTo(term: Scalar): Query {
  return { predicates: [{ name: BOUND, terms: [term] }], expressions: [] }
}

/** the key that may delegate a token with this authority block; nobody has compared it with its thumbprint */
export function findDelegator(authority: Block | undefined): DelegatingKey | undefined {
  const [check] = authority?.checks.filter(isDelegableBinding) ?? []
  return check && delegatorOf(check)
}

/** the thumbprint of the one key that can use a token whose admitted blocks these are; undefined: it was never delegated */
export function findDelegate(blocks: readonly Block[]): string | undefined {
  const block = blocks.find(({ signer }) => signer !== undefined)
  return block && readDelegation(block)
}

/** the thumbprint of the key that a block of this shape delegates to */
function readDelegation({ facts, checks }: Block): string | undefined {
  const [term] = facts[0]?.terms ?? []
  if (term?.type !== 'string' || !THUMBPRINT.test(term.value)) return undefined
  return isSame({ facts, checks }, delegation(term.value)) ? term.value : undefined
}

export function isDelegableBinding(check: Check): boolean {
  const key = delegatorOf(check)
  return key !== undefined && isSame(check, delegableBinding(key))
}

function delegatorOf({ queries }: Check): DelegatingKey | undefined {
  const [term] = queries[0]?.predicates[0]?.terms ?? []
  const publicKey = queries[1]?.trusting
  if (publicKey === undefined || term?.type !== 'string' || !THUMBPRINT.test(term.value)) {
    return undefined
  }
  return { publicKey, thumbprint: term.value }
}

/** throws `Refused` for a scope, a delegation or a third party anywhere but where this file puts them */
export function assertDelegation(blocks: readonly Block[]): void {
  const [authority] = blocks
  blocks.forEach((block, index) => {
    if (block.signer !== undefined) return
    if (block.facts.some(isDelegated)) {
      throw notAdmitted(index, `only a block signed by another key may assert \`${DELEGATED}\``)
    }
    const trusting = block.checks.filter(hasScope)
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
  if (block === undefined || readDelegation(block) === undefined) {
    throw notAdmitted(index, 'a third-party block delegates to a key, and does nothing else')
  }
  if (block.signer !== findDelegator(authority)?.publicKey) {
    throw notAdmitted(index, 'signed by a key that may not delegate this token')
  }
}

function hasScope({ queries }: Check): boolean {
  return queries.some(({ trusting }) => trusting !== undefined)
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
