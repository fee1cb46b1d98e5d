/** A bare Koa and undici proxy that checks nothing: what the same parts cost without us. `koa-proxy.ts <port> <upstream>` */
import Koa from 'koa'
import { Pool } from 'undici'

const [port, upstream] = process.argv.slice(2)
const origin = new URL(upstream ?? '')
const pool = new Pool(origin, { connections: 64, pipelining: 1, allowH2: false })

const app = new Koa()
app.use(async (ctx) => {
  ctx.respond = false
  const { req, res } = ctx
  await new Promise<void>((resolve) => {
    pool.dispatch(
      {
        path: req.url ?? '/',
        method: req.method as 'GET',
        headers: { ...req.headers, host: origin.host },
        body: req.method === 'POST' ? req : null,
      },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, status, headers) => {
          res.writeHead(status, headers as Record<string, string>)
        },
        onResponseData: (_controller, chunk) => void res.write(chunk),
        onResponseEnd: () => {
          res.end()
          resolve()
        },
        onResponseError: () => {
          res.destroy()
          resolve()
        },
      },
    )
  })
})
app.listen(Number(port), '127.0.0.1')
