import { expect, test } from 'vitest'
import { PageRefusal } from '../../../server/console/refusal.ts'
import { assertSameOrigin } from '../../../server/console/same-origin.ts'

const origin = 'https://remit.example'

test.each([
  ['both say so', { origin, 'sec-fetch-site': 'same-origin' }],
  ['a browser without Sec-Fetch-Site says so', { origin }],
  ['a browser that leaves Origin out says so', { 'sec-fetch-site': 'same-origin' }],
])('accepts a form when %s', (_, headers) => {
  expect(() => assertSameOrigin(headers, origin)).not.toThrow()
})

test.each([
  ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  [
    'a neighbouring subdomain',
    { origin: 'https://x.remit.example', 'sec-fetch-site': 'same-site' },
  ],
  ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
  ['an origin that only starts like ours', { origin: `${origin}.evil.example` }],
  ['plain http', { origin: 'http://remit.example' }],
  [
    'headers that contradict each other',
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
  ],
  ['nobody', {}],
])('refuses a form from %s', (_, headers) => {
  expect(() => assertSameOrigin(headers, origin)).toThrow(PageRefusal)
})
