import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HOSTILE_MAILS } from '../fixtures/mail/hostile.ts'
import { honestMails } from '../fixtures/mail/honest.ts'
import { ORDER, seedOrderThreads } from '../fixtures/mail/order-threads.ts'
import { readAddresses } from '../fixtures/mail/address-grammar.ts'
import { openSendingDesk, type SendingDesk } from '../support/sending-desk.ts'
import { expectHarmless, GRANTED_DOMAIN } from './mail-expectations.ts'
import { CANARY, mutate, mutationOf } from './mail-mutations.ts'
import { expectReached, runs } from './runs.ts'

/**
 * Mutations of honest and of hostile messages, decoded, decided on and rebuilt by the front's own path, without HTTP. What
 * would leave is read by parsers that share nothing with the front. `REMIT_PROPERTY_RUNS=50` makes it 100,000 cases.
 */
let desk: SendingDesk

beforeAll(async () => {
  desk = await openSendingDesk(seedOrderThreads)
  const thread = await fetch(`${desk.gmail.url}/gmail/v1/users/me/threads/${ORDER}?format=full`, {
    headers: { authorization: `Bearer ${desk.gmail.accessToken}` },
  })
  // read once: a hundred thousand answers to the same thread need no hundred thousand requests
  desk.instead.set(`threads/${ORDER}`, await thread.json())
})
afterAll(async () => desk.close())

const RULES = {
  recipients: { domains: [GRANTED_DOMAIN] },
  attachments: 'any',
  body: { links: 'any', refuse: [CANARY] },
}

const short = ({ message }: { readonly message: Buffer }): Buffer[] =>
  message.length < 20_000 ? [message] : []
const honest = (await honestMails()).flatMap(short)
const hostile = HOSTILE_MAILS.flatMap(short)
const bases = [...honest, ...hostile]
/** what is refused says little: most cases begin with a message that passes */
const base = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...honest) },
  fc.constantFrom(...hostile),
)

const cases = runs(2000)

test(
  'whatever would leave names the same, granted recipients to every reader, and says what was looked at',
  { timeout: 60_000 + cases.numRuns * 60 },
  async () => {
    desk.grant({ actions: ['messages.send', 'messages.reply'], ...RULES })
    const outcomes = { forwarded: 0, forwardedMutated: 0, denied: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(
        base,
        fc.array(mutationOf(bases), { maxLength: 4 }),
        fc.constantFrom(undefined, ORDER),
        async (original, mutations, threadId) => {
          const draft = await desk.draft(mutations.reduce(mutate, original), threadId)
          if ('refused' in draft) outcomes.refused++
          if ('denied' in draft) outcomes.denied++
          if (!('message' in draft)) return
          await expectHarmless(draft.message, draft.action)
          outcomes.forwarded++
          if (mutations.length > 0) outcomes.forwardedMutated++
        },
      ),
      cases,
    )
    if (cases.numRuns > 10_000) console.log(outcomes)
    expectReached(outcomes)
    expect(desk.gmail.sent).toEqual([])
  },
)

describe('the reader that the fuzz relies on sees every recipient that somebody could see', () => {
  test.each([
    ['a@x.example, B <b@x.example>', ['a@x.example', 'b@x.example']],
    ['"a@x.example, c" <b@x.example>', ['b@x.example']],
    ['b@x.example (a@x.example, \\) c@x.example)', ['b@x.example']],
    [
      'Friends: a@x.example, B <b@x.example>;, c@x.example',
      ['a@x.example', 'b@x.example', 'c@x.example'],
    ],
    ['<@y.example,@z.example:a@x.example>', ['a@x.example']],
    ['<a@x.example><b@x.example>', ['a@x.example', 'b@x.example']],
    ['"a, b"@x.example', ['"a,b"@x.example']],
    ['a@x.example; b@x.example', ['a@x.example', 'b@x.example']],
    ['a @ x . example', ['a@x.example']],
  ])('%s', (value, addresses) => {
    expect(readAddresses(value)).toEqual(addresses)
  })
})
