import { toReply, type Reply } from './failures.ts'
import type { RecordedRequest } from './request.ts'

interface Saved {
  readonly asked: string
  readonly reply: Reply
}

/**
 * What was answered to each key. A POST with a key that is known is answered with what was answered then, a refusal or an error
 * of Stripe's own too; with other parameters it is refused. Only a POST has a key.
 */
export class IdempotentReplies {
  readonly #saved: Map<string, Saved> = new Map()

  once(request: RecordedRequest, perform: () => Reply): Reply {
    const key = request.headers['idempotency-key']
    if (request.method !== 'POST' || key === undefined) return perform()
    const known = this.#saved.get(key)
    const asked = fingerprint(request)
    if (known !== undefined) {
      if (known.asked === asked) return { ...known.reply, replayed: true }
      const message =
        'Keys for idempotent requests can only be used with the same parameters they were first used with.'
      return toReply(400, { error: { type: 'idempotency_error', message } })
    }
    const reply = perform()
    this.#saved.set(key, { asked, reply })
    return reply
  }

  clear(): void {
    this.#saved.clear()
  }
}

/** the order of parameters does not matter */
function fingerprint({ path, body }: RecordedRequest): string {
  const pairs = [...new URLSearchParams(body)].map(([name, value]) => JSON.stringify([name, value]))
  return [path, ...pairs.toSorted()].join('\n')
}
