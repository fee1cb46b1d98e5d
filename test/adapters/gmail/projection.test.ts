import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseMessage, type GmailMessage } from '../../../adapters/gmail/message.ts'
import { isWholeView, projectMessage } from '../../../adapters/gmail/projection.ts'

const FULL = { format: 'full', metadataHeaders: new Set<string>() } as const

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })

/** now and then a field that no allow-list knows */
const stranger = fc.option(fc.constantFrom('snippet2', 'raw', 'Id', 'toString', 'parts2'), {
  nil: undefined,
  freq: 5,
})

function withStranger(value: fc.Arbitrary<object>): fc.Arbitrary<object> {
  return fc
    .tuple(value, stranger)
    .map(([fields, name]) => (name === undefined ? fields : { ...fields, [name]: 'secret' }))
}

const header = withStranger(fc.record({ name: fc.string(), value: fc.string() }))
const body = withStranger(
  fc.record({
    attachmentId: optional(fc.string()),
    size: optional(fc.nat()),
    data: optional(fc.base64String()),
  }),
)
const { part } = fc.letrec<{ part: object }>((tie) => ({
  part: withStranger(
    fc.record({
      partId: optional(fc.string()),
      mimeType: optional(fc.string()),
      filename: optional(fc.string()),
      headers: optional(fc.array(header, { maxLength: 3 })),
      body: optional(body),
      parts: optional(fc.array(tie('part'), { maxLength: 2, depthIdentifier: 'part' })),
    }),
  ),
}))
const resource = withStranger(
  fc.record({
    id: fc.string(),
    threadId: fc.string(),
    labelIds: fc.array(fc.string(), { maxLength: 3 }),
    snippet: optional(fc.oneof(fc.string(), fc.integer())),
    historyId: optional(fc.oneof(fc.string(), fc.object())),
    internalDate: fc.nat().map(String),
    sizeEstimate: optional(fc.oneof(fc.nat(), fc.string())),
    payload: optional(part),
  }),
)

function read(json: object): { message: GmailMessage; parsed: unknown } {
  const text = JSON.stringify(json)
  return { message: parseMessage(JSON.parse(text)), parsed: JSON.parse(text) }
}

test('bytes pass as they are exactly when the projection leaves nothing of them out', () => {
  fc.assert(
    fc.property(resource, (json) => {
      const { message, parsed } = read(json)
      const projected: unknown = JSON.parse(JSON.stringify(projectMessage(message, FULL, 'full')))
      const isSame = JSON.stringify(sorted(projected)) === JSON.stringify(sorted(parsed))
      expect(isWholeView(message)).toBe(isSame)
    }),
    { numRuns: 500 },
  )
})

test('no field outside the allow-list is ever shown', () => {
  fc.assert(
    fc.property(resource, fc.constantFrom('full', 'metadata'), (json, visibility) => {
      const shown = JSON.stringify(projectMessage(read(json).message, FULL, visibility))
      expect(shown).not.toContain('"secret"')
    }),
  )
})

/** the same value with its fields in one order */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .map(([name, member]) => [name, sorted(member)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
