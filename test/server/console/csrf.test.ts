import { expect, test } from 'vitest'
import { createFormTokens, type FormBinding } from '../../../server/console/csrf.ts'

const tokens = createFormTokens(new Uint8Array(32).fill(7))
const binding: FormBinding = { form: 'consent', interaction: 'i1', session: 's1' }

test('accepts the token of the same form in another process with the same key', () => {
  const replica = createFormTokens(new Uint8Array(32).fill(7))
  expect(
    replica.accepts(tokens.issue(binding), { session: 's1', interaction: 'i1', form: 'consent' }),
  ).toBe(true)
})

test.each<[string, FormBinding]>([
  ['another session', { form: 'consent', interaction: 'i1', session: 's2' }],
  ['another interaction', { form: 'consent', interaction: 'i2', session: 's1' }],
  ['shifted parts', { form: 'consent', interaction: 'i1s', session: '1' }],
  ['another form', { form: 'session', session: 's1' }],
])('refuses the token for %s', (_, other) => {
  expect(tokens.accepts(tokens.issue(binding), other)).toBe(false)
})

test('refuses no token, half a token and the token of another key', () => {
  const token = tokens.issue(binding)
  const stranger = createFormTokens(new Uint8Array(32).fill(8))
  expect(tokens.accepts(undefined, binding)).toBe(false)
  expect(tokens.accepts('', binding)).toBe(false)
  expect(tokens.accepts(token.slice(0, 20), binding)).toBe(false)
  expect(stranger.accepts(token, binding)).toBe(false)
})
