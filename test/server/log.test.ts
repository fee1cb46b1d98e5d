import { describe, expect, it } from 'vitest'
import { createLog, type LogEvent } from '../../server/log.ts'
import { SecretText } from '../../server/secret.ts'

function lineOf(event: LogEvent): string {
  const lines: string[] = []
  createLog(
    (line) => lines.push(line),
    () => new Date('2026-11-01T00:00:00Z'),
  )(event)
  expect(lines).toHaveLength(1)
  return lines[0] ?? ''
}

describe('the log', () => {
  it('writes one JSON object per line, the time and the event first', () => {
    const line = lineOf({
      event: 'listening',
      role: 'gmail',
      address: 'http://127.0.0.1:4001\nforged',
    })
    expect(line).toBe(
      '{"at":"2026-11-01T00:00:00.000Z","event":"listening","role":"gmail","address":"http://127.0.0.1:4001\\nforged"}',
    )
  })

  it.each([
    ['a password in a URL', 'cannot reach postgres://remit:hunter2@db/remit', 'hunter2'],
    ['a Google access token', 'refused ya29.a0AfH6SMBxyz-123', 'a0AfH6SMBxyz'],
    ['a Google refresh token', 'sent 1//0gabcdefghijklmnop', '0gabcdefghijklmnop'],
    ['a Google client secret', 'GOCSPX-abcdefghij', 'abcdefghij'],
    ['a token of HubSpot', 'sent pat-eu1-0123abcd-4567', '0123abcd'],
    ['a key of Stripe', 'sent rk_test_abcdefghijkl', 'abcdefghijkl'],
    ['an Authorization header', 'authorization: Bearer abcdefgh12345678', 'abcdefgh12345678'],
    ['a JWE', 'eyJhbGciOiJkaXIifQ..abc.def.ghi', 'abc.def'],
    ['a capability token', `token En0K${'aB3_'.repeat(60)}`, 'aB3_aB3_'],
    ['a long text', 'x y '.repeat(2_000), 'x y '.repeat(600)],
  ])('does not repeat %s that stands in an error', (_name, error, secret) => {
    expect(lineOf({ event: 'database_error', error })).not.toContain(secret)
  })

  it('keeps revocation ids and ids of ours readable', () => {
    const id = '0123456789abcdef'.repeat(8)
    const line = lineOf({
      event: 'readers_disagree',
      decisionId: 'd_1',
      lineage: [id],
      operation: 'gmail.messages.read',
    })
    expect(line).toContain(id)
  })

  it('prints secrets by their type as redacted', () => {
    const error = new SecretText('hidden') as unknown as string
    expect(lineOf({ event: 'database_error', error })).toContain('"error":"[redacted]"')
  })
})
