import { SEED } from '../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { exchange, readAnswers } from './robustness-socket.ts'

export const UPSTREAM_CONNECTIONS = 8

export interface FrontUnderAttack {
  readonly front: TestFront
  /** reads Support mail, answers in its threads, writes to its customer */
  readonly token: string
  /** an ordinary client is answered with success now */
  expectServed(): Promise<void>
}

/** few upstream connections, so that a leak shows soon; `patienceMs` is how long the provider may take */
export async function startFrontUnderAttack(patienceMs: number): Promise<FrontUnderAttack> {
  const upstreamLimits = {
    connections: UPSTREAM_CONNECTIONS,
    headersTimeoutMs: patienceMs,
    bodyTimeoutMs: patienceMs,
    totalTimeoutMs: 3 * patienceMs,
    maxResponseBytes: 8_000_000,
  }
  const front = await startTestFront({ front: { upstreamLimits } })
  const labels = [SEED.labels.support]
  const token = front.mint([
    { type: 'gmail', actions: ['messages.read', 'messages.reply'], labels },
    {
      type: 'gmail',
      actions: ['messages.send'],
      recipients: { addresses: [SEED.supportThread.customer] },
    },
  ])
  return { front, token, expectServed: () => expectServed(front.port, token) }
}

async function expectServed(port: number, token: string): Promise<void> {
  const request = [
    'GET /gmail/v1/users/me/labels HTTP/1.1',
    'Host: front.example',
    `Authorization: Bearer ${token}`,
    'Connection: close',
  ]
  const { received } = await exchange(port, `${request.join('\r\n')}\r\n\r\n`, 5000)
  const [answer] = readAnswers(received)
  if (answer?.status !== 200) throw new Error(`the next client was not served: ${received}`)
}
