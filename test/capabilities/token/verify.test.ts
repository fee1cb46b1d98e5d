import { describe, expect, test } from 'vitest'
import { parseToken } from '../../../capabilities/token/unverified.ts'
import { verifyToken } from '../../../capabilities/token/verify.ts'
import { refusalOf, root, signed, verified } from './builders.ts'
import { buildToken, compile, GRANTED, sealText } from './library.ts'

const token = buildToken(GRANTED)

test('tells a sealed token from one that can be attenuated', () => {
  expect(parseToken(token)).toMatchObject({
    ok: true,
    token: { sealed: false, rootKeyId: root.id },
  })
  expect(parseToken(sealText(token))).toMatchObject({ ok: true, token: { sealed: true } })
})

describe('block 0 names one grant and at most one client, each by one string', () => {
  test.each([
    'right("mail.read");',
    'grant("a"); grant("b");',
    'grant("a", "b");',
    'grant(1);',
    'grant({"a"});',
    'grant("a"); client("a"); client("b");',
    'grant("a"); client("a", "b");',
    'grant("a"); client(true);',
  ])('%s', (source) => {
    expect(refusalOf(signed(compile(source)))).toMatch(/^not_admitted: block 0: /)
  })

  test('the client may be missing', () => {
    expect(verified(signed(compile('grant("a");')))).toMatchObject({
      grantId: 'a',
      clientId: undefined,
    })
  })
})

test('what is no text is refused, as a caller without types may send it', () => {
  for (const text of [undefined, null, 7, {}, [token]]) {
    expect(verifyToken(text as never, { find: () => root.publicKey })).toMatchObject({
      refusal: { reason: 'malformed' },
    })
  }
})
