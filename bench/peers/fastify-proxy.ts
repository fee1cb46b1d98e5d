/** `@fastify/http-proxy` as its documentation starts it: no authentication, no checks. `fastify-proxy.ts <port> <upstream>` */
import proxy from '@fastify/http-proxy'
import Fastify from 'fastify'

const [port, upstream] = process.argv.slice(2)
const server = Fastify()
await server.register(proxy, { upstream: upstream ?? '' })
await server.listen({ port: Number(port), host: '127.0.0.1' })
