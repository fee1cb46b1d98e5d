/** The service behind nginx's `auth_request`: verifies an EdDSA JWT, answers 204 or 401. `jwt-check.ts <port> <jwk>` */
import { createServer } from 'node:http'
import { importJWK, jwtVerify, type JWK } from 'jose'

const [port, jwk] = process.argv.slice(2)
const key = await importJWK(JSON.parse(jwk ?? '{}') as JWK, 'EdDSA')

createServer((req, res) => {
  const token = req.headers.authorization?.slice('Bearer '.length) ?? ''
  jwtVerify(token, key).then(
    () => res.writeHead(204).end(),
    () => res.writeHead(401).end(),
  )
}).listen(Number(port), '127.0.0.1')
