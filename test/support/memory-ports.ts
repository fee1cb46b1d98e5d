import type {
  Connection,
  Credential,
  FrontEvent,
  FrontPorts,
  RecordEntry,
  RecordOutcome,
  OwnItem,
  OwnItems,
  Recorder,
  RevocationFeed,
  SecondOpinion,
  SentMessages,
  ServedAttachments,
  ShownPassages,
  UsedProofs,
} from '../../adapters/ports.ts'
import { MemoryApprovals, MemoryRateLimits } from './memory-approvals.ts'
import { MemoryBudgets } from './memory-budgets.ts'
import { evaluate, verifyToken, type Fact } from '../../capabilities/index.ts'

interface RecordedCall {
  entry: RecordEntry
  outcome: RecordOutcome | undefined
}

/** keeps what a front records; can be told to fail, as a database does */
class MemoryRecorder implements Recorder {
  readonly calls: RecordedCall[] = []
  failing: 'nothing' | 'intent' | 'outcome' | 'everything' = 'nothing'

  write(entry: RecordEntry, outcome: RecordOutcome): Promise<void> {
    if (this.failing === 'everything') return Promise.reject(new Error('disk full'))
    this.calls.push({ entry, outcome })
    return Promise.resolve()
  }

  begin(entry: RecordEntry): ReturnType<Recorder['begin']> {
    const call: RecordedCall = { entry, outcome: undefined }
    const fails = this.failing === 'everything' || this.failing === 'intent'
    if (!fails) this.calls.push(call)
    const committed = fails ? Promise.reject(new Error('disk full')) : Promise.resolve()
    committed.catch(() => undefined)
    return {
      committed,
      finish: (outcome, decided) => {
        if (this.failing !== 'nothing') return Promise.reject(new Error('disk full'))
        call.outcome = outcome
        if (decided !== undefined) call.entry = decided
        return Promise.resolve()
      },
    }
  }

  get last(): RecordedCall {
    const last = this.calls.at(-1)
    if (last === undefined) throw new Error('nothing was recorded')
    return last
  }
}

class MemoryRevocations implements RevocationFeed {
  fresh = true
  readonly revoked: Set<string> = new Set()
  readonly paused: Set<string> = new Set()

  isFresh(): boolean {
    return this.fresh
  }

  isRevoked(revocationIds: readonly string[], grantId: string): boolean {
    return this.revoked.has(grantId) || revocationIds.some((id) => this.revoked.has(id))
  }

  isPaused(grantId: string): boolean {
    return this.paused.has(grantId)
  }
}

/** the second reader in one process: our own evaluator again, unless told to differ */
export class ScriptedSecondOpinion implements SecondOpinion {
  acceptance: 'accepted' | 'refused' | 'unavailable' = 'accepted'
  verdict: 'agree' | 'allow' | 'deny' | 'unavailable' = 'agree'
  accepted = 0
  authorized = 0

  async accepts(): Promise<'accepted' | 'refused' | 'unavailable'> {
    this.accepted++
    await new Promise((resolve) => setImmediate(resolve))
    return this.acceptance
  }

  authorize(
    token: string,
    rootPublicKey: Uint8Array,
    facts: readonly Fact[],
  ): Promise<'allow' | 'deny' | 'unavailable'> {
    this.authorized++
    if (this.verdict !== 'agree') return Promise.resolve(this.verdict)
    const verified = verifyToken(token, { find: () => rootPublicKey })
    const allowed = verified.ok && evaluate(verified.token, facts).allowed
    return Promise.resolve(allowed ? 'allow' : 'deny')
  }
}

class MemoryServedAttachments implements ServedAttachments {
  readonly #messages: Map<string, string[]> = new Map()

  remember(grantId: string, sha256: string, messageId: string): Promise<void> {
    const key = `${grantId} ${sha256}`
    this.#messages.set(key, [...(this.#messages.get(key) ?? []), messageId])
    return Promise.resolve()
  }

  messagesWith(grantId: string, sha256: string): Promise<readonly string[]> {
    return Promise.resolve(this.#messages.get(`${grantId} ${sha256}`) ?? [])
  }
}

/** what the database keeps, without its end; can be told to fail */
export class MemoryShownPassages implements ShownPassages {
  failing = false
  /** grant and passage to threads; '' stands for the agent's own words */
  readonly threads: Map<string, Set<string>> = new Map()

  remember(grantId: string, threadId: string, passages: readonly number[]): Promise<void> {
    if (this.failing) return Promise.reject(new Error('no database'))
    for (const passage of passages) this.#of(grantId, passage).add(threadId)
    return Promise.resolve()
  }

  claim(grantId: string, passages: readonly number[]): Promise<void> {
    if (this.failing && passages.length > 0) return Promise.reject(new Error('no database'))
    for (const passage of passages) {
      const threads = this.#of(grantId, passage)
      if (threads.size === 0) threads.add('')
    }
    return Promise.resolve()
  }

  shownElsewhere(
    grantId: string,
    threadId: string | undefined,
    passages: readonly number[],
  ): Promise<ReadonlySet<number>> {
    if (this.failing) return Promise.reject(new Error('no database'))
    const elsewhere = passages.filter((passage) => {
      const threads = this.#of(grantId, passage)
      return threads.size > 0 && !threads.has('') && !threads.has(threadId ?? '')
    })
    return Promise.resolve(new Set(elsewhere))
  }

  #of(grantId: string, passage: number): Set<string> {
    const key = `${grantId} ${passage}`
    const known = this.threads.get(key) ?? new Set()
    this.threads.set(key, known)
    return known
  }
}

/** every grant is on the one mailbox */
class MemorySentMessages implements SentMessages {
  readonly #sent: Set<string> = new Set()

  remember(_grantId: string, id: string): Promise<void> {
    this.#sent.add(id)
    return Promise.resolve()
  }

  among(_grantId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set(ids.filter((id) => this.#sent.has(id))))
  }
}

class MemoryOwnItems implements OwnItems {
  readonly #items: Map<string, OwnItem> = new Map()

  remember(grantId: string, kind: string, items: readonly OwnItem[]): Promise<void> {
    for (const item of items) this.#items.set(`${grantId} ${kind} ${item.id}`, item)
    return Promise.resolve()
  }

  among(grantId: string, kind: string, ids: readonly string[]): Promise<readonly OwnItem[]> {
    return Promise.resolve(ids.flatMap((id) => this.#items.get(`${grantId} ${kind} ${id}`) ?? []))
  }

  list(grantId: string, kind: string): Promise<readonly OwnItem[]> {
    const own = [...this.#items].filter(([key]) => key.startsWith(`${grantId} ${kind} `))
    return Promise.resolve(own.map(([, item]) => item).toReversed())
  }

  take(grantId: string, kind: string, id: string): Promise<boolean> {
    return Promise.resolve(this.#items.delete(`${grantId} ${kind} ${id}`))
  }
}

export function createMemoryOwnItems(): OwnItems {
  return new MemoryOwnItems()
}

/** one process, so no expiry */
class MemoryUsedProofs implements UsedProofs {
  failing = false
  claims = 0
  readonly #used: Set<string> = new Set()

  claim(keyThumbprint: string, jti: string): Promise<boolean> {
    this.claims++
    if (this.failing) return Promise.reject(new Error('no database'))
    const key = `${keyThumbprint} ${jti}`
    const isFirst = !this.#used.has(key)
    this.#used.add(key)
    return Promise.resolve(isFirst)
  }
}

/** hands out the given access tokens one after the other: the next one after each rejection */
export class MemoryConnection implements Connection {
  readonly id = 'c_test'
  readonly account: string
  remembersShown = false
  rejections = 0
  readonly #tokens: readonly string[]

  constructor(account: string, tokens: readonly string[]) {
    this.account = account
    this.#tokens = tokens
  }

  credential(): Promise<Credential> {
    const token = this.#tokens[Math.min(this.rejections, this.#tokens.length - 1)] ?? ''
    return Promise.resolve({ reveal: () => token })
  }

  rejected(): Promise<void> {
    this.rejections++
    return Promise.resolve()
  }
}

export interface MemoryPorts extends FrontPorts {
  readonly record: MemoryRecorder
  readonly budgets: MemoryBudgets
  readonly approvals: MemoryApprovals
  readonly rateLimits: MemoryRateLimits
  readonly revocations: MemoryRevocations
  readonly servedAttachments: MemoryServedAttachments
  readonly shownPassages: MemoryShownPassages
  readonly usedProofs: MemoryUsedProofs
  readonly events: FrontEvent[]
}

export function createMemoryPorts(options: {
  readonly rootKeys: FrontPorts['rootKeys']
  readonly secondOpinion: SecondOpinion
  readonly connections: FrontPorts['connections']
  readonly now?: () => number
}): MemoryPorts {
  const events: FrontEvent[] = []
  const record = new MemoryRecorder()
  const approvals = new MemoryApprovals(options.now ?? Date.now)
  return {
    now: Date.now,
    ...options,
    revocations: new MemoryRevocations(),
    record,
    budgets: new MemoryBudgets(record, approvals),
    approvals,
    rateLimits: new MemoryRateLimits(),
    servedAttachments: new MemoryServedAttachments(),
    shownPassages: new MemoryShownPassages(),
    sentMessages: new MemorySentMessages(),
    ownItems: new MemoryOwnItems(),
    usedProofs: new MemoryUsedProofs(),
    events,
    log: (event) => events.push(event),
  }
}
