import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  concat,
  fromBase64Url,
  toBase64Url,
  toHex,
  toUtf8,
} from '../../../capabilities/token/bytes.ts'
import { runs } from '../../properties/runs.ts'

const bytes = fc.uint8Array({ maxLength: 200 })

test('bytes are written as Node writes them, and read back', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      expect(toHex(value)).toBe(Buffer.from(value).toString('hex'))
      expect(toBase64Url(value)).toBe(Buffer.from(value).toString('base64url'))
      expect(fromBase64Url(toBase64Url(value))).toEqual(value)
    }),
  )
})

test('what Node would read with stray bits or letters left out is not read', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9_=+/-]{0,12}$/), (text) => {
      const read = Buffer.from(text, 'base64url')
      const exact = read.toString('base64url') === text
      expect(fromBase64Url(text)).toEqual(exact ? new Uint8Array(read) : undefined)
    }),
    runs(2000),
  )
})

test('texts and parts are bytes as in Node', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(bytes), (text, parts) => {
      expect(toUtf8(text)).toEqual(new Uint8Array(Buffer.from(text)))
      expect(concat(parts)).toEqual(new Uint8Array(Buffer.concat(parts)))
    }),
  )
})
