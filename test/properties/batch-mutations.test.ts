import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { InnerRequest } from '../../adapters/batch.ts'
import { gmailBatch } from '../../adapters/gmail/batch/index.ts'
import { readHeaders } from '../fakes/gmail/mime/headers.ts'
import { parseMessage, type MimePart } from '../fakes/gmail/mime/part.ts'
import { expectReached, runs } from './runs.ts'

const ORIGIN = 'https://gmail.caps.example'
const TOKEN = 'Bearer the-token-of-the-batch'

/** a batch as a client writes it, with line ends of one kind */
function batch(lineEnd: string): string {
  const part = (id: number, lines: readonly string[]): readonly string[] => [
    '--b',
    'Content-Type: application/http',
    `Content-ID: <${id}>`,
    '',
    ...lines,
  ]
  return [
    ...part(1, ['GET /gmail/v1/users/me/profile HTTP/1.1', `Authorization: ${TOKEN}`, '', '']),
    ...part(2, [
      'POST /gmail/v1/users/me/messages/send HTTP/1.1',
      'Content-Type: application/json',
    ]),
    'Content-Length: 12',
    '',
    '{"raw":"eA"}',
    ...part(3, [`GET ${ORIGIN}/gmail/v1/users/me/messages/m1?alt=json HTTP/1.1`, '']),
    '--b--',
    '',
  ].join(lineEnd)
}

const SOURCES = [batch('\r\n'), batch('\n')]

/** what a batch is made of, and what makes two readers of it differ */
const PIECES = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\n\n',
  ' ',
  '\t',
  ':',
  '\0',
  '--',
  '--b',
  '--b--',
  '\r\n--b\r\n',
  '\n--b--\n',
  '--b ',
  '--bb',
  'Content-Length: 12\r\n',
  'Content-Length: 0\n',
  'Transfer-Encoding: chunked\n',
  'Authorization: Bearer other\r\n',
  'X-HTTP-Method-Override: DELETE\r\n',
  'Host: evil.test\n',
  'Content-Type: multipart/mixed; boundary=c\r\n',
  'Content-Transfer-Encoding: base64\r\n',
  'GET https://evil.test/x HTTP/1.1\r\n',
  'POST /batch HTTP/1.1\n\n',
  'HTTP/1.1',
  '/../',
  '%2e%2e',
  ';',
  '?',
  '#',
] as const

interface Change {
  readonly at: number
  readonly cut: number
  readonly piece: string
}

const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(60)),
    piece: fc.oneof(fc.constant(''), fc.constantFrom(...PIECES)),
  }),
  { minLength: 1, maxLength: 4 },
)

function mutate(source: string, list: readonly Change[]): Buffer {
  let text = source
  for (const { at, cut, piece } of list) {
    const start = Math.floor(at * text.length)
    text = text.slice(0, start) + piece + text.slice(start + cut)
  }
  return Buffer.from(text, 'latin1')
}

function read(body: Buffer): ReturnType<typeof gmailBatch.read> {
  const headers = {
    authorization: [TOKEN],
    dpop: [],
    contentType: ['multipart/mixed; boundary=b'],
    hasBody: true,
  }
  return gmailBatch.read({ method: 'POST', path: '/batch', query: [], headers, body }, ORIGIN)
}

/** the most forgiving reader there is: what it sees in a batch that was let in, the front saw too */
function readLeniently(body: Buffer): readonly MimePart[] {
  const head = Buffer.from('Content-Type: multipart/mixed; boundary=b\r\n\r\n')
  return parseMessage(Buffer.concat([head, body])).parts
}

function expectSame(request: InnerRequest, part: MimePart): void {
  const [line = ''] = part.content.toString('latin1').split(/\r?\n/, 1)
  const [method = '', target = ''] = line.split(' ')
  if (!request.asked.ok) return
  const { snapshot } = request.asked
  expect(snapshot.method).toBe(method)
  expect(target.replace(ORIGIN, '').split('?', 1)[0]).toBe(snapshot.path)
  // a line of its own, because that reader passes over empty lines before the first header
  const rest = part.content.subarray(part.content.indexOf(0x0a) + 1)
  const { body } = readHeaders(Buffer.concat([Buffer.from('X-First: 1\r\n'), rest]))
  const text = snapshot.body.toString('latin1')
  if (text !== '') expect(body.toString('latin1').trimEnd()).toBe(text.trimEnd())
}

/** INVARIANT: nothing inside a batch says who calls, and every target is one path of this front */
function expectHarmless({ asked }: InnerRequest): void {
  if (!asked.ok) return
  const { path, headers } = asked.snapshot
  expect(path).toMatch(/^\/(?!\/)[!-~]*$/)
  expect(path).not.toMatch(/;|^\/upload\//)
  for (const segment of path.split('/')) expect(decodeURIComponent(segment)).not.toMatch(/^\.\.?$/)
  expect(headers.authorization).toEqual([])
  expect(headers.dpop).toEqual([])
}

test('whatever is let in is what a forgiving reader sees, however the batch was changed', () => {
  const reached = { letIn: 0, refused: 0 }
  const property = fc.property(fc.constantFrom(...SOURCES), changes, (source, list) => {
    const body = mutate(source, list)
    const reading = read(body)
    if (!reading.ok) {
      reached.refused++
      return
    }
    reached.letIn++
    const parts = readLeniently(body)
    expect(reading.requests).toHaveLength(parts.length)
    for (const [index, request] of reading.requests.entries()) {
      expectHarmless(request)
      const part = parts[index]
      if (part !== undefined) expectSame(request, part)
    }
  })
  fc.assert(property, runs(2000))
  expectReached(reached)
})
