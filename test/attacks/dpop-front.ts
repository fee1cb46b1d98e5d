import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import {
  READ_ALL,
  startTestFront,
  type TestFront,
  type TestFrontOptions,
} from '../support/front.ts'
import { ProofKey } from '../support/oauth-proof.ts'
import { exchange, readAnswers } from './robustness-socket.ts'

export const PATH: string = `/gmail/v1/users/me/messages/${SEED.supportThread.id}`

/** a front, and an agent whose token is bound to its key */
export interface BoundAgent extends AsyncDisposable {
  readonly front: TestFront
  readonly key: ProofKey
  readonly token: string
  /** what a good proof for `PATH` claims, time and jti apart */
  readonly claims: { readonly htm: string; readonly htu: string; readonly ath: string }
  /** a good proof for `PATH`, with what is given in place of what is right */
  prove(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
  /** GET `PATH` as the agent would */
  call(proof: string, headers?: Record<string, string>): Promise<Response>
  /** the same over a bare socket, with the header lines as they are given */
  callRaw(lines: readonly string[]): Promise<number | undefined>
}

export async function startBoundAgent(options?: TestFrontOptions): Promise<BoundAgent> {
  const front = await startTestFront(options)
  const key = await ProofKey.create()
  const token = front.mint(READ_ALL, { keyThumbprint: key.thumbprint })
  const claims = { htm: 'GET', htu: front.url + PATH, ath: hashOf(token) }
  return {
    front,
    key,
    token,
    claims,
    prove: (changed, header) => key.proveWith({ ...claims, ...changed }, header),
    call: (proof, headers) =>
      front.fetch(PATH, undefined, {
        headers: { authorization: `DPoP ${token}`, dpop: proof, ...headers },
      }),
    callRaw: async (lines) => {
      const request = [`GET ${PATH} HTTP/1.1`, ...lines, 'Connection: close']
      const { received } = await exchange(front.port, `${request.join('\r\n')}\r\n\r\n`, 5000)
      return readAnswers(received)[0]?.status
    },
    [Symbol.asyncDispose]: () => front.close(),
  }
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** effects first: nothing reached the stand-in, and no credential was asked for */
export async function expectRefused(
  { front }: BoundAgent,
  answer: Response,
  reason: string,
  error = 'invalid_dpop_proof',
): Promise<void> {
  expect(front.gmail.requests).toEqual([])
  expect(answer.status).toBe(401)
  expect(front.ports.record.last.entry.reason).toBe(reason)
  expect(answer.headers.get('www-authenticate')).toContain(`error="${error}"`)
  await answer.body?.cancel()
}
