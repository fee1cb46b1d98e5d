import { PassThrough } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseForm, readForm } from '../../../server/console/form.ts'
import { PageRefusal } from '../../../server/console/refusal.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

test('reads what a browser posts', () => {
  const posted = new URLSearchParams([
    ['a', 'x y+z&=ü'],
    ['row-0.from', 'a\r\nb'],
    ['empty', ''],
  ])
  expect([...parseForm(bytes(posted.toString()))]).toEqual([...posted])
})

test('reads every form that URLSearchParams writes', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !text.includes('\0') && text.isWellFormed())
  const value = fc
    .string({ unit: 'grapheme' })
    .filter((text) => !text.includes('\0') && text.isWellFormed())
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, value), { minLength: 1, selector: ([key]) => key }),
      (pairs) => {
        expect([...parseForm(bytes(new URLSearchParams(pairs).toString()))]).toEqual(pairs)
      },
    ),
  )
})

test.each([
  ['a field without a value', 'a'],
  ['a field twice', 'a=1&a=2'],
  ['a field twice in two spellings', 'a=1&%61=2'],
  ['broken percent signs', 'a=%zz'],
  ['percent-encoded broken UTF-8', 'a=%ff'],
  ['raw broken UTF-8', 'a=\xff'],
  ['a null character', 'a=%00'],
  ['an empty pair', 'a=1&&b=2'],
  ['too many fields', Array.from({ length: 1001 }, (_, i) => `f${i}=`).join('&')],
])('refuses %s', (_, body) => {
  expect(() => parseForm(bytes(body))).toThrow(PageRefusal)
})

function request(headers: Record<string, string>, body: string | Buffer): IncomingMessage {
  const stream = new PassThrough() as unknown as IncomingMessage & PassThrough
  stream.headers = { 'content-type': 'application/x-www-form-urlencoded', ...headers }
  stream.end(body)
  return stream
}

test('refuses a body that is too large, announced or not', async () => {
  const large = Buffer.alloc(130 * 1024, 'a')
  await expect(readForm(request({}, large))).rejects.toMatchObject({ status: 413 })
  await expect(readForm(request({ 'content-length': '200000' }, 'a=1'))).rejects.toMatchObject({
    status: 413,
  })
})

test('refuses another content type', async () => {
  await expect(
    readForm(request({ 'content-type': 'application/json' }, '{}')),
  ).rejects.toMatchObject({ status: 415 })
  await expect(readForm(request({ 'content-type': 'text/plain' }, 'a=1'))).rejects.toMatchObject({
    status: 415,
  })
})
