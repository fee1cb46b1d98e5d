import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readOutline } from '../../adapters/json-outline.ts'

const LONG = 'QUJD'.repeat(200)

function outlineOf(json: unknown): unknown {
  return readOutline(Buffer.from(JSON.stringify(json)))
}

describe('an outline', () => {
  it('empties a long body and keeps everything else', () => {
    const message = { id: 'm1', payload: { body: { size: 600, data: LONG }, parts: [] } }
    expect(outlineOf(message)).toEqual({
      id: 'm1',
      payload: { body: { size: 600, data: '' }, parts: [] },
    })
  })

  it('empties it where the writer put a space', () => {
    expect(readOutline(Buffer.from(`{"data": "${LONG}", "a": 1}`))).toEqual({ data: '', a: 1 })
  })

  it.each([
    ['a header that spells one', { name: 'Subject', value: `"data":"${LONG}"` }],
    ['a header that escapes twice', { name: 'Subject', value: `\\"data":"${LONG}\\` }],
    ['a name that ends like one', { ['x"data']: 'short', b: LONG }],
    ['an object', { data: { inner: LONG } }],
    ['a number', { data: 7, other: LONG }],
    ['a text with an escape', { data: `${LONG}"${LONG}` }],
  ])('leaves %s as it is', (_what, json) => {
    expect(outlineOf(json)).toEqual(json)
  })

  it.each(['{"data":"', `{"data":"${LONG}`, `{"data":"${LONG}"`, `"data":"${LONG}"`, '{"data":'])(
    'does not make sense of what has none: %#',
    (text) => {
      expect(() => readOutline(Buffer.from(text))).toThrow(SyntaxError)
    },
  )
})

/** pieces that a hostile sender would try to confuse the cutting with */
const hostileText = fc
  .array(fc.constantFrom('"data":"', '"data":', '\\', '"', '":"', LONG, 'é', ',', '}', 'data'), {
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''))
const key = fc.oneof(fc.constantFrom('data', 'body', 'x"data', '\\"data', 'value'), hostileText)
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    hostileText,
    fc.integer(),
    fc.dictionary(key, tie('json'), { maxKeys: 4 }),
    fc.array(tie('json'), { maxLength: 3 }),
  ),
}))

function withoutLong(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutLong(item))
  if (typeof value === 'string') return isCut(value, name) ? '' : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key_, inner]) => [key_, withoutLong(inner, key_)]),
  )
}

/** by the bytes of the text: also a name that ends with `"data` counts as one */
function isCut(value: string, name: string): boolean {
  const written = JSON.stringify(value).slice(1, -1)
  const isData = name === 'data' || name.endsWith('"data')
  return isData && Buffer.byteLength(written) >= 512 && !written.includes('\\')
}

test('an outline of any JSON differs from it in long data only', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(outlineOf(value)).toEqual(withoutLong(JSON.parse(JSON.stringify(value))))
    }),
    { numRuns: 2000 },
  )
})
