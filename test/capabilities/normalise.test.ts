import { expect, test } from 'vitest'
import { normaliseAddress, normaliseDomain, normaliseText } from '../../capabilities/index.ts'

test.each([
  ['Bob.Smith+Orders@ACME.com', 'bob.smith+orders@acme.com'],
  ["o'neil@acme.com", "o'neil@acme.com"],
  ['bob@Bücher.example', 'bob@xn--bcher-kva.example'],
  ['bob@xn--bcher-kva.example', 'bob@xn--bcher-kva.example'],
  // a Cyrillic а: another domain, and it stays one
  ['bob@аcme.com', 'bob@xn--cme-5cd.com'],
])('reads %s', (written, normal) => {
  expect(normaliseAddress(written)).toBe(normal)
})

test.each([
  ['no local part', '@acme.com'],
  ['no domain', 'bob@'],
  ['no @', 'bob.acme.com'],
  ['two @', 'bob@evil.example@acme.com'],
  ['a quoted local part', '"bob"@acme.com'],
  ['a comment', 'bob(x)@acme.com'],
  ['a space', 'bob smith@acme.com'],
  ['a leading space', ' bob@acme.com'],
  ['angle brackets', '<bob@acme.com>'],
  ['a percent route', 'bob%evil.example@acme.com'],
  ['a bang path', 'evil!bob@acme.com'],
  ['a slash', 'bob/x@acme.com'],
  ['an encoded-word', '=?utf-8?q?bob?=@acme.com'],
  ['a domain literal', 'bob@[127.0.0.1]'],
  ['an address as domain', 'bob@127.0.0.1'],
  ['a hexadecimal address', 'bob@0x7f.0x1'],
  ['a trailing dot', 'bob@acme.com.'],
  ['a leading dot', '.bob@acme.com'],
  ['a double dot', 'bob..smith@acme.com'],
  ['a single label', 'bob@localhost'],
  ['percent-encoding in the domain', 'bob@acme%2ecom'],
  ['an underscore in the domain', 'bob@a_b.com'],
  ['a label that starts with a hyphen', 'bob@-acme.com'],
  ['a broken A-label', 'bob@xn--a.com'],
  ['a letter outside ASCII', 'bøb@acme.com'],
  ['a full-width letter', 'ｂob@acme.com'],
  ['the Kelvin sign', '\u212Aim@acme.com'],
  ['a full-width @', 'bob＠acme.com'],
  ['a zero-width space', 'bob@ac\u200bme.com'],
  ['a newline', 'bob@acme.com\nbcc:eve@evil.example'],
  ['a null', 'bob\0@acme.com'],
  ['a long local part', `${'b'.repeat(65)}@acme.com`],
  ['a long domain', `bob@${'acme.'.repeat(60)}com`],
])('refuses an address with %s', (_what, address) => {
  expect(normaliseAddress(address)).toBeUndefined()
})

test('keeps sub-domains and look-alikes apart', () => {
  expect(normaliseDomain('Mail.ACME.com')).toBe('mail.acme.com')
  expect(normaliseDomain('acme.com')).not.toBe(normaliseDomain('аcme.com'))
  expect(normaliseDomain('@acme.com')).toBeUndefined()
  expect(normaliseDomain('*.acme.com')).toBeUndefined()
})

test('brings texts into one form', () => {
  expect(normaliseText('  Ｏｒｄｅｒ\r\n\t12 ')).toBe('order 12')
  expect(normaliseText('Cafe\u0301')).toBe(normaliseText('CAFÉ'))
  expect(normaliseText('or\u200bder\u202e')).toBe('order')
  expect(normaliseText('\ud800')).toBe('\ufffd')
})
