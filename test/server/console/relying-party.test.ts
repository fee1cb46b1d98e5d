import { expect, test } from 'vitest'
import { toRelyingParty } from '../../../server/console/people/relying-party.ts'

test.each([
  ['https://remit.example', { id: 'remit.example', origin: 'https://remit.example' }],
  ['https://remit.example:8443', { id: 'remit.example', origin: 'https://remit.example:8443' }],
  ['http://localhost:4000', { id: 'localhost', origin: 'http://localhost:4000' }],
  ['http://remit.localhost', { id: 'remit.localhost', origin: 'http://remit.localhost' }],
  ['http://127.0.0.1:4000', undefined],
  ['https://127.0.0.1', undefined],
  ['https://[::1]:4000', undefined],
  ['http://remit.example', undefined],
  ['http://notlocalhost', undefined],
])('passkeys at %s', (issuer, expected) => {
  expect(toRelyingParty(issuer)).toEqual(expected)
})
