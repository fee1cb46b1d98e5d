import { expect, test } from 'vitest'
import { readOwnDraft } from '../../../adapters/gmail/drafts/own-draft.ts'
import type { Call } from '../../../adapters/operation.ts'
import { AdapterError } from '../../../adapters/refusal.ts'
import { createMemoryOwnItems } from '../../support/memory-ports.ts'

/** what a draft is read with, and Gmail's answer to it */
async function callWith(raw: string): Promise<Call> {
  const ownItems = createMemoryOwnItems()
  await ownItems.remember('g_1', 'draft', [{ id: 'r1', detail: { messageId: 'm1', threadId: '' } }])
  const answer = { id: 'r1', message: { id: 'm1', threadId: 't1', raw } }
  return { grantId: 'g_1', ownItems, reader: { read: () => Promise.resolve(answer) } } as never
}

test('a draft is read as Gmail writes base64url, padded or not', async () => {
  for (const raw of ['VG86IGE', 'VG86IGE=']) {
    const draft = await readOwnDraft('r1', await callWith(raw))
    expect(draft?.request.message.toString()).toBe('To: a')
  }
})

test.each(['VG86IGE!', 'VG86I', ''])('a draft with the raw %j is no bug of ours', async (raw) => {
  const reading = readOwnDraft('r1', await callWith(raw))
  const error: unknown = await reading.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(AdapterError)
  expect((error as AdapterError).refusal.reason).toBe('unexpected_answer')
})
