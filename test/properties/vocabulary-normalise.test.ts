import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normaliseAddress, normaliseDomain, normaliseText } from '../../capabilities/index.ts'
import { findRefused } from '../../capabilities/vocabulary/refused-content.ts'
import { expectReached, runs } from './runs.ts'

const texts = fc.string({ unit: 'binary', maxLength: 40 })
const labels = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'b', 'x', 'z', '0', '9', '-'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
  maxLength: 12,
})
const domains = fc.array(labels, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))

test('a normalised text is its own normal form', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const normal = normaliseText(text)
      expect(normaliseText(normal)).toBe(normal)
    }),
    runs(5000),
  )
})

test('a normalised domain is its own normal form, in plain ASCII labels', () => {
  let accepted = 0
  fc.assert(
    fc.property(fc.oneof(domains, texts, fc.domain()), (text) => {
      const normal = normaliseDomain(text)
      if (normal === undefined) return
      accepted++
      expect(normal).toMatch(/^(?:[a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$/)
      expect(normaliseDomain(normal)).toBe(normal)
      expect(new URL(`http://${normal}`).hostname).toBe(normal)
    }),
    runs(5000),
  )
  expectReached({ accepted })
})

test('a normalised address is its own normal form, with one @', () => {
  let accepted = 0
  fc.assert(
    fc.property(
      fc.oneof(
        fc.emailAddress(),
        fc.tuple(texts, domains).map((parts) => parts.join('@')),
      ),
      (text) => {
        const normal = normaliseAddress(text)
        if (normal === undefined) return
        accepted++
        expect(normal.split('@')).toHaveLength(2)
        expect(normal).toMatch(/^[!-~]+$/)
        expect(normaliseAddress(normal)).toBe(normal)
      },
    ),
    runs(5000),
  )
  expectReached({ accepted })
})

test('separators and invisible characters do not hide a refused literal', () => {
  const fillings = fc.array(
    fc.constantFrom(' ', '-', '.', '\u200b', '\u00ad', '\n', '_', '\u2060', '\u0336'),
    { maxLength: 3 },
  )
  fc.assert(
    fc.property(
      fc.array(fillings, { minLength: 13, maxLength: 13 }),
      texts,
      texts,
      (between, before, after) => {
        const spread = ['p', 'r', 'o', 'j', 'e', 'c', 't', 'f', 'a', 'l', 'c', 'o', 'n']
          .map((letter, index) => letter + (between[index] ?? []).join(''))
          .join('')
        expect(findRefused(['project falcon'], [`${before} ${spread} ${after}`])).toEqual([
          'project falcon',
        ])
      },
    ),
    runs(2000),
  )
})
