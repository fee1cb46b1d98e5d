import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** the agent's side of the redirect: its callback sends the browser on to another origin, as many agents do */
export interface AgentSite {
  readonly callback: string
  /** where the browser ends up */
  readonly home: string
  /** queries that reached the callback */
  readonly received: URLSearchParams[]
  close(): Promise<void>
}

export async function startAgentSite(): Promise<AgentSite> {
  const received: URLSearchParams[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://agent')
    if (url.pathname === '/callback') {
      received.push(url.searchParams)
      response.writeHead(303, { location: home }).end()
    } else {
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><title>Agent</title><h1>Welcome back</h1>')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const home = `http://localhost:${port}/home`
  return {
    callback: `http://127.0.0.1:${port}/callback`,
    home,
    received,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
