import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HOSTILE_MAILS } from '../fixtures/mail/hostile.ts'
import { honestMails } from '../fixtures/mail/honest.ts'
import { readRecipients } from '../fixtures/mail/address-grammar.ts'
import { NOW, ORDER, seedOrderThreads } from '../fixtures/mail/order-threads.ts'
import { mutate, mutationOf } from '../properties/mail-mutations.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { encodeRaw } from '../support/sending-desk.ts'

/** some of `test/properties/mail-differential.test.ts` over HTTP: the stand-in believes every recipient that any reader sees */
let front: TestFront

beforeAll(async () => {
  front = await startTestFront({
    gmail: { seed: seedOrderThreads, now: () => NOW },
    now: () => NOW,
  })
})
afterAll(async () => front.close())

const GRANT = [
  { type: 'gmail', actions: ['messages.send'], recipients: { domains: ['customer.example'] } },
  { type: 'gmail', actions: ['messages.reply'] },
]

test('whatever the front forwards, no reader of it sees a recipient that was not granted', async () => {
  const bases = [...(await honestMails()), ...HOSTILE_MAILS]
    .map(({ message }) => message)
    .filter((message) => message.length < 20_000)
  const token = front.mint(GRANT)
  let forwarded = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...bases),
      fc.array(mutationOf(bases), { maxLength: 3 }),
      fc.constantFrom(undefined, ORDER),
      async (base, mutations, threadId) => {
        front.gmail.reset()
        const raw = encodeRaw(mutations.reduce(mutate, base))
        const response = await front.fetch('/gmail/v1/users/me/messages/send', token, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ raw, ...(threadId !== undefined && { threadId }) }),
        })
        const sent = front.gmail.sent
        expect(sent.length).toBe(response.status === 200 ? 1 : 0)
        for (const mail of sent) {
          const { postalMime, ...others } = mail.recipientsByReader
          expect(others).toEqual({ mailparser: postalMime, lenient: postalMime })
          expect(readRecipients(mail.raw)).toEqual(postalMime)
          const outside = mail.recipients.filter((each) => !each.endsWith('@customer.example'))
          expect(outside).toEqual([])
          forwarded++
        }
      },
    ),
    { numRuns: 300 },
  )
  // a fuzz whose every message is refused says nothing
  expect(forwarded).toBeGreaterThan(20)
})
