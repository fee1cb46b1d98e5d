import { describe, expect, test } from 'vitest'
import { parseMessage, type GmailMessage } from '../../../adapters/gmail/message.ts'
import { toMessageFacts } from '../../../adapters/gmail/message-facts.ts'

const NOW = 1_800_000_000
const CALL = { now: NOW, names: new Map<string, string>() }

function message(
  headers: readonly (readonly [string, string])[],
  payload: object = {},
): GmailMessage {
  return parseMessage({
    id: 'm1',
    threadId: 't1',
    labelIds: ['INBOX'],
    internalDate: String((NOW - 90) * 1000),
    payload: { headers: headers.map(([name, value]) => ({ name, value })), ...payload },
  })
}

test('facts come from the headers of the message itself, normalised', () => {
  const facts = toMessageFacts(
    message([
      ['FROM', 'Alice <Alice@Customer.test>'],
      ['To', 'a@x.test, b@y.test'],
      ['Subject', 'Ｏrder  12'],
      ['Date', 'Thu, 1 Jan 1970 00:00:00 +0000'],
    ]),
    CALL,
  )
  expect(facts).toEqual({
    id: 'm1',
    threadId: 't1',
    from: 'alice@customer.test',
    to: ['a@x.test', 'b@y.test'],
    cc: [],
    labels: ['INBOX'],
    subject: 'order 12',
    ageSeconds: 90,
    hasAttachment: false,
    authenticated: false,
  })
})

test('a header that stands twice counts for nothing', () => {
  const twice = (name: string): GmailMessage =>
    message([
      [name, 'alice@customer.test'],
      [name.toLowerCase(), 'alice@customer.test'],
    ])
  expect(toMessageFacts(twice('From'), CALL).from).toBeUndefined()
  expect(toMessageFacts(twice('To'), CALL).to).toEqual([])
  expect(toMessageFacts(twice('Subject'), CALL).subject).toBe('')
})

test('a label goes by its id and by the name its owner gave it', () => {
  const names = new Map([['Label_7', 'Support']])
  const labelled = { ...message([]), labelIds: ['INBOX', 'Label_7'] }
  expect(toMessageFacts(labelled, { now: NOW, names }).labels).toEqual([
    'INBOX',
    'Label_7',
    'Support',
  ])
})

test('an attachment is a part with a file name or an attachment id, however deep', () => {
  const nested = (part: object): object => ({
    parts: [{ mimeType: 'text/plain' }, { parts: [part] }],
  })
  const has = (part: object): boolean =>
    toMessageFacts(message([], nested(part)), CALL).hasAttachment
  expect(has({ filename: 'a.pdf' })).toBe(true)
  expect(has({ filename: '', body: { attachmentId: 'A1' } })).toBe(true)
  expect(has({ filename: '', body: { size: 3, data: 'YWJj' } })).toBe(false)
})

describe('authenticated is what Gmail stamped on top', () => {
  const verdict = (...values: string[]): boolean =>
    toMessageFacts(message(values.map((value) => ['Authentication-Results', value] as const)), CALL)
      .authenticated

  test('dmarc=pass by mx.google.com', () => {
    expect(
      verdict(
        'mx.google.com; dkim=pass header.i=@a.test; dmarc=pass (p=REJECT) header.from=a.test',
      ),
    ).toBe(true)
  })

  test.each([
    ['mx.google.com; dmarc=fail (p=NONE) header.from=a.test'],
    ['mx.google.com; dkim=pass (dmarc=pass) header.i=@a.test'],
    ['mx.google.com; dkim=pass reason="; dmarc=pass " header.i=@a.test'],
    ['mx.google.com; dmarc=passed'],
    ['mx.google.com; dmarc=pass; dmarc=fail'],
    ['evil.test; dmarc=pass'],
    ['mx.google.com.evil.test; dmarc=pass'],
    ['(mx.google.com); dmarc=pass'],
    ['evil.test; x=mx.google.com; dmarc=pass'],
  ])('not: %s', (value) => expect(verdict(value)).toBe(false))

  test('not one that the sender wrote below it', () => {
    expect(verdict('mx.google.com; dmarc=fail', 'mx.google.com; dmarc=pass')).toBe(false)
    expect(verdict('evil.test; spf=pass', 'mx.google.com; dmarc=pass')).toBe(false)
  })
})
