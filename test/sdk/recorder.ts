import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly method: string
  readonly target: string
  readonly headers: IncomingHttpHeaders
}

interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body: unknown
}

export interface Recorder extends AsyncDisposable {
  readonly origin: string
  readonly received: Received[]
}

/** a server that writes down what reaches it, for fronts that do not exist yet and for hosts that nothing may reach */
export async function startRecorder(
  answer: (request: Received) => Answer = () => ({ status: 200, body: {} }),
): Promise<Recorder> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    request.resume().on('end', () => {
      const one = { method, target: url, headers }
      received.push(one)
      const { status, headers: more, body } = answer(one)
      response.writeHead(status, { 'content-type': 'application/json', ...more })
      response.end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
