import { describe, expect, test } from 'vitest'
import { readParties, readSender } from '../../../adapters/gmail/received-address.ts'

describe('a sender is the plain address of the one mailbox', () => {
  test.each([
    ['alice@customer.test', 'alice@customer.test'],
    ['Alice@Customer.TEST', 'alice@customer.test'],
    ['<alice@customer.test>', 'alice@customer.test'],
    ['Alice <alice@customer.test>', 'alice@customer.test'],
    ['"Moreau, Alice" <alice@customer.test>', 'alice@customer.test'],
    ['陳美玲 <mei@jade.example>', 'mei@jade.example'],
    ['"a \\" b" <alice@customer.test>', 'alice@customer.test'],
    ['"alice@customer.test" <eve@evil.test>', 'eve@evil.test'],
  ])('%s', (header, address) => expect(readSender(header)).toBe(address))
})

describe('a header that two readers read as two senders has none', () => {
  test.each([
    'alice@customer.test <eve@evil.test>',
    'alice@customer.test, eve@evil.test',
    'alice@customer.test <eve@evil.test>,',
    '<alice@customer.test><eve@evil.test>',
    '<alice@customer.test> <eve@evil.test>',
    'Alice (<alice@customer.test>) <eve@evil.test>',
    '" <alice@customer.test>, " <eve@evil.test',
    'a" <alice@customer.test>',
    'alice@customer.test (<eve@evil.test>)',
    'eve@evil.test(alice@customer.test)',
    'group: alice@customer.test;',
    '<@route.test:alice@customer.test>',
    '"alice"@customer.test',
    'alice@customer.test eve@evil.test',
    'alice@[127.0.0.1]',
    'alice@customer.test.',
    'alice%customer.test@evil.test\u0000',
    'Alice <>',
    'Alice <alice@customer.test> trailing',
    '',
    'undisclosed-recipients:;',
  ])('%s', (header) => expect(readSender(header)).toBeUndefined())
})

describe('parties are all of a list, or none', () => {
  test('each once, in order', () => {
    expect(readParties('A <a@x.test>, "B, b" <b@x.test>, A <A@x.test>')).toEqual([
      'a@x.test',
      'b@x.test',
    ])
  })

  test.each(['A <a@x.test>, b@', 'a@x.test,,b@x.test', 'undisclosed-recipients:;', 'a@x.test, "b'])(
    '%s names nobody',
    (header) => expect(readParties(header)).toEqual([]),
  )
})
