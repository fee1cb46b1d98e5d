import { expect, test } from 'vitest'
import { findLinkHosts } from '../../adapters/content/links.ts'

// `śshop.example` is another domain than `shop.example`, however the letter before is written
test.each([
  ['a mark of its own', 's\u0301shop.example'],
  ['a composed letter', '\u015bshop.example'],
  ['vowel signs', '\u0909\u0926\u093e\u0939\u0930\u0923.\u092d\u093e\u0930\u0924'],
])('a host is read whole: %s', (_how, host) => {
  const { hostname } = new URL(`http://${host}`)
  expect(hostname).toContain('xn--')
  expect(findLinkHosts(`see ${host} for more`, undefined)).toEqual([hostname])
})

test('an address is no link, its marks written apart or not', () => {
  expect(findLinkHosts('ask bob@e\u0301vil.example about it', undefined)).toEqual([])
})
