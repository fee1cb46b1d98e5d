import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PageTokens } from '../../adapters/page-token.ts'

const tokens = new PageTokens(Buffer.alloc(32, 1))

test('a page token opens where it was sealed, and says nothing else', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (upstream, boundTo) => {
      const sealed = tokens.wrap(upstream, boundTo)
      expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/)
      expect(tokens.unwrap(sealed, boundTo)).toBe(upstream.toWellFormed())
    }),
  )
})

test('a page token opens nowhere else', () => {
  const sealed = tokens.wrap('1234', 'a')
  const otherKey = new PageTokens(Buffer.alloc(32, 2))
  expect(tokens.unwrap(sealed, 'b')).toBeUndefined()
  expect(otherKey.unwrap(sealed, 'a')).toBeUndefined()
  for (let index = 0; index < sealed.length; index++) {
    const changed =
      sealed.slice(0, index) + (sealed[index] === 'A' ? 'B' : 'A') + sealed.slice(index + 1)
    // the last character may carry unused bits: then the bytes are the same ones
    const same = Buffer.from(changed, 'base64url').equals(Buffer.from(sealed, 'base64url'))
    expect(tokens.unwrap(changed, 'a')).toBe(same ? '1234' : undefined)
  }
  for (const text of ['', 'A', '1234', 'a'.repeat(4000), '!!!', sealed.slice(4)]) {
    expect(tokens.unwrap(text, 'a')).toBeUndefined()
  }
})
