import { randomUUID } from 'node:crypto'
import type { Approval, ApprovalRequest, Approvals, RateLimits } from '../../adapters/ports.ts'

interface Kept {
  readonly request: ApprovalRequest
  status: Approval['status']
  isUsed: boolean
  expiresAt: number
}

/** what the database keeps, of one process; the buyer decides by `decide` */
export class MemoryApprovals implements Approvals {
  readonly kept: Map<string, Kept> = new Map()
  failing = false
  /** waiting at most, of one grant */
  max = 50
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  ask(request: ApprovalRequest): Promise<Approval | 'too_many'> {
    if (this.failing) return Promise.reject(new Error('no database'))
    const known = this.#live(request.grantId, request.digest)
    if (known !== undefined) return Promise.resolve(toApproval(...known))
    const waiting = [...this.kept.values()].filter(
      ({ request: other, status }) => other.grantId === request.grantId && status === 'pending',
    )
    if (waiting.length >= this.max) return Promise.resolve('too_many')
    const id = `apr_${randomUUID()}`
    const expiresAt = Math.floor(this.#now() / 1000) + 86_400
    const kept: Kept = { request, status: 'pending', isUsed: false, expiresAt }
    this.kept.set(id, kept)
    return Promise.resolve(toApproval(id, kept))
  }

  findGiven(grantId: string, digest: string): Promise<Approval | undefined> {
    if (this.failing) return Promise.reject(new Error('no database'))
    const known = this.#live(grantId, digest)
    const approval = known && toApproval(...known)
    return Promise.resolve(approval?.status === 'approved' ? approval : undefined)
  }

  find(grantId: string, id: string): Promise<Approval | undefined> {
    const known = this.kept.get(id)
    return Promise.resolve(known?.request.grantId === grantId ? toApproval(id, known) : undefined)
  }

  decide(id: string, status: 'approved' | 'denied'): void {
    const known = this.kept.get(id)
    if (known?.status !== 'pending') throw new Error(`${id} waits for no decision`)
    known.status = status
  }

  /** true for one caller only */
  use(id: string): boolean {
    const known = this.kept.get(id)
    if (known?.status !== 'approved' || known.isUsed || this.#isOver(known)) return false
    known.isUsed = true
    return true
  }

  giveBack(id: string): void {
    const known = this.kept.get(id)
    if (known !== undefined) known.isUsed = false
  }

  #live(grantId: string, digest: string): [string, Kept] | undefined {
    return [...this.kept].find(
      ([, one]) =>
        one.request.grantId === grantId &&
        one.request.digest === digest &&
        !one.isUsed &&
        !this.#isOver(one),
    )
  }

  #isOver({ expiresAt }: Kept): boolean {
    return expiresAt * 1000 <= this.#now()
  }
}

function toApproval(id: string, { status, expiresAt }: Kept): Approval {
  return { id, status, expiresAt }
}

/** counts nothing until a test says how long to wait */
export class MemoryRateLimits implements RateLimits {
  wait: number | undefined

  take(): Promise<number | undefined> {
    return Promise.resolve(this.wait)
  }
}
