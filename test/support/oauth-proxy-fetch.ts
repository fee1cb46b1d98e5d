import { request } from 'node:http'

const bodiless: ReadonlySet<number> = new Set([101, 204, 205, 304])

/** A `fetch` that plays the proxy which terminates TLS: https://name/ goes to a port of ours with x-forwarded-* headers. */
export function proxyFetch(ports: Readonly<Record<string, number>>): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init)
    const url = new URL(asked.url)
    const port = ports[url.host]
    if (port === undefined) throw new TypeError(`no route to ${url.host}`)
    const body = Buffer.from(await asked.arrayBuffer())
    return new Promise<Response>((resolve, reject) => {
      const forwarded = request(
        {
          host: '127.0.0.1',
          port,
          method: asked.method,
          path: url.pathname + url.search,
          headers: {
            ...Object.fromEntries(asked.headers),
            host: url.host,
            'x-forwarded-proto': 'https',
            'x-forwarded-for': '203.0.113.7',
            'content-length': String(body.length),
          },
        },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => {
            const status = answer.statusCode ?? 500
            const headers = new Headers()
            for (let i = 0; i < answer.rawHeaders.length; i += 2) {
              headers.append(answer.rawHeaders[i] ?? '', answer.rawHeaders[i + 1] ?? '')
            }
            const response = new Response(bodiless.has(status) ? null : Buffer.concat(chunks), {
              status,
              headers,
            })
            resolve(Object.defineProperty(response, 'url', { value: asked.url }))
          })
        },
      )
      forwarded.on('error', reject)
      forwarded.end(body)
    })
  }
}
