import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** Google's token endpoint and Gmail's profile, with answers that a test chooses */
export interface GoogleStandIn extends AsyncDisposable {
  readonly origin: string
  /** the forms that were posted to the token endpoint */
  readonly refreshes: URLSearchParams[]
  readonly profileCalls: string[]
  answer: { status: number; body: unknown; delayMs?: number; hang?: boolean; redirect?: string }
  profile: { status: number; body: unknown }
}

export async function startGoogle(): Promise<GoogleStandIn> {
  let issued = 0
  const server = createServer((request, response) => {
    void answerRequest(request).then(({ status, body, hang, redirect }) => {
      if (hang === true) {
        request.socket.destroy()
        return
      }
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(redirect !== undefined && { location: redirect }),
      })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })

  async function answerRequest(request: IncomingMessage): Promise<GoogleStandIn['answer']> {
    const body = await text(request)
    if (request.url === '/token') {
      google.refreshes.push(new URLSearchParams(body))
      const { answer } = google
      await new Promise((later) => setTimeout(later, answer.delayMs ?? 0))
      return answer.body === undefined ? { ...answer, body: success() } : answer
    }
    google.profileCalls.push(request.headers.authorization ?? '')
    return google.profile
  }

  function success(): Record<string, unknown> {
    issued += 1
    return { access_token: `ya29.token-${issued}`, expires_in: 3599, token_type: 'Bearer' }
  }

  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const google: GoogleStandIn = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refreshes: [],
    profileCalls: [],
    answer: { status: 200, body: undefined },
    profile: { status: 200, body: { emailAddress: 'Ada@Example.COM', messagesTotal: 3 } },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
  return google
}
