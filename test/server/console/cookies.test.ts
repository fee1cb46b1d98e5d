import Koa, { type Context } from 'koa'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { createCookie } from '../../../server/console/cookies.ts'
import { setSecurityHeaders } from '../../../server/console/security-headers.ts'

function context(): Context {
  const request = new IncomingMessage(new Socket())
  return new Koa().createContext(request, new ServerResponse(request)) as unknown as Context
}

test('over https a cookie is Secure and holds to this very host', () => {
  const ctx = context()
  createCookie('remit_session', true).set(ctx, 'value', 60_000)
  expect(ctx.response.get('set-cookie')).toBe(
    '__Host-remit_session=value; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure',
  )
})

test('over plain http on this machine the browser still keeps it', () => {
  const ctx = context()
  const cookie = createCookie('remit_session', false)
  cookie.set(ctx, 'value', 60_000)
  cookie.clear(ctx)
  expect(ctx.response.get('set-cookie')).toEqual([
    'remit_session=value; Max-Age=60; Path=/; HttpOnly; SameSite=Lax',
    'remit_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
  ])
})

test('over https the browser is told to stay there', () => {
  const [secure, plain] = [context(), context()]
  setSecurityHeaders(secure, { https: true })
  setSecurityHeaders(plain, { https: false })
  expect(secure.response.get('strict-transport-security')).toContain('max-age=')
  expect(plain.res.hasHeader('strict-transport-security')).toBe(false)
})

test('only the pages of a request let the browser leave with a form', () => {
  const [request, other] = [context(), context()]
  setSecurityHeaders(request, { https: true, leavesForAgent: true })
  setSecurityHeaders(other, { https: true })
  expect(request.response.get('content-security-policy')).not.toContain('form-action')
  expect(other.response.get('content-security-policy')).toContain("form-action 'self'")
})
