import { expect, test } from 'vitest'
import { parseSearch } from '../../../adapters/gmail/search-terms.ts'

test.each([
  ['order 4711', true],
  ['"pin is 4711" -from:bob@acme.com', true],
  ['filename:report.pdf', true],
  ['from:acme.com  subject:"late order" newer_than:7d', false],
  ['is:unread -category:social after:2026/01/31', false],
  ['rfc822msgid:<a.b@acme.com>', false],
])('`%s` is taken, and looks into texts: %s', (q, searchesText) => {
  expect(parseSearch(q)).toEqual({ q: q.replaceAll('  ', ' '), searchesText })
})

test.each([
  'a OR b',
  'a | b',
  'a or b',
  'ＯＲ',
  'a AROUND 5 b',
  '(a)',
  '{a b}',
  'from:(a b)',
  'a)',
  '"a',
  'a"b',
  '"in:spam"',
  '"(a"',
  'from:a+b',
  'from:-a',
  '--a',
  '+a',
  'foo:bar',
  'in:anywhere',
  '-in:trash',
  'label:"spam"',
  'label:" Spam "',
  'is:DRAFT',
  'label:^t',
])('`%s` is not taken', (q) => {
  expect(parseSearch(q)).toBeUndefined()
})
