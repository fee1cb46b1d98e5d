import { domainToASCII, domainToUnicode } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normaliseDomain } from '../../capabilities/normalise.ts'
import { decodePunycode } from '../../capabilities/punycode.ts'

test.each([
  ['bcher-kva', 'bücher'],
  ['cme-5cd', 'аcme'],
  ['ls8h', '💩'],
  ['fiqs8s', '中国'],
])('%s is %s', (encoded, decoded) => {
  expect(decodePunycode(encoded)).toBe(decoded)
})

test.each(['', 'abc-', '-', 'A', '99999999', 'ü'])(
  'what is no encoding decodes to nothing: %s',
  (text) => {
    expect(decodePunycode(text)).toBeUndefined()
  },
)

/** as Node's own tables have it */
function isValidToNode(domain: string): boolean {
  const unicode = domainToUnicode(domain)
  const decodes = unicode.split('.').every((label) => !label.startsWith('xn--'))
  return decodes && domainToASCII(unicode) === domain
}

test('an A-label is accepted exactly when Node accepts it', () => {
  const written = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,12}[a-z0-9])?$/).map((s) => `xn--${s}`)
  const encoded = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 6 })
    .map((text) => domainToASCII(text.replace(/[^\p{L}\p{M}\p{N}]/gu, '')))
  const label = fc.oneof(written, encoded).filter((text) => /^xn--[a-z0-9-]*[a-z0-9]$/.test(text))
  const reached = { valid: 0, invalid: 0 }
  fc.assert(
    fc.property(label, (text) => {
      const domain = `${text}.example`
      const valid = isValidToNode(domain)
      reached[valid ? 'valid' : 'invalid']++
      expect(normaliseDomain(domain)).toBe(valid ? domain : undefined)
    }),
    { numRuns: 5000 },
  )
  expect(Math.min(reached.valid, reached.invalid)).toBeGreaterThan(100)
})
