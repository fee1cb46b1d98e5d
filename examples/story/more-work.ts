/** The agent comes back for more than reading and answering: drafts, a label, the trash, what changed, and so many an hour. */
import { SEED } from '../../test/fakes/gmail/index.ts'
import {
  mailbox,
  propose,
  redeem,
  reply,
  writeDraft,
  type Registration,
  type Reply,
  type Tokens,
} from './agent.ts'
import { askAtOnce } from './batch.ts'
import type { Browser } from './browser.ts'
import { consentToMore } from './consent.ts'
import type { Narration, Outcome } from './narration.ts'

const SUPPORT = { type: 'gmail', labels: ['Support'] }
const MORE = [
  { ...SUPPORT, actions: ['messages.read'] },
  { ...SUPPORT, actions: ['messages.reply'], limits: [{ per: 'hour', calls: 20 }] },
  { ...SUPPORT, actions: ['drafts.write'], recipients: { participants: true } },
  { ...SUPPORT, actions: ['labels.apply'], add: ['Orders'] },
  { ...SUPPORT, actions: ['messages.trash'] },
  { type: 'gmail', actions: ['history.read'] },
]

export const ANSWER: Reply = {
  threadId: SEED.html.threadId,
  to: SEED.html.from,
  subject: `Re: ${SEED.html.subject}`,
  text: 'Guten Tag, im Apfelstrudel-Rooibos sind keine Nüsse. Leaf',
}

/** gives the tokens */
export async function hireForMore(
  narration: Narration,
  buyer: Browser,
  agent: Registration,
): Promise<Tokens> {
  const { front } = narration.stage
  const proposal = await propose(agent, front, MORE)
  narration.note(
    'agent',
    'asks for more: 20 replies an hour, drafts, a label, the trash, what changed',
    'request_uri, one use',
  )
  const callback = await consentToMore(narration, buyer, proposal.url)
  const tokens = await redeem(agent, proposal, callback, front)
  const { accessToken: token, details } = tokens
  const rows = Array.isArray(details) ? details.length : 0
  narration.note('agent', 'redeems the code', `a Biscuit of ${rows} rows`, rows === MORE.length)
  await writeDrafts(narration, token)
  await tidyUp(narration, token)
  await askWhatChanged(narration, token)
  await reachLimit(narration, token)
  return tokens
}

async function writeDrafts(narration: Narration, token: string): Promise<void> {
  const { gmail, front } = narration.stage
  const { users } = mailbox(front, token)
  await narration.attempt('agent', 'writes a draft of an answer', async () => {
    const { id } = await writeDraft(mailbox(front, token), ANSWER)
    return { answer: `200, draft ${id}`, expected: gmail.mailbox.drafts.has(id ?? '') }
  })
  const owner = mailbox(gmail.url, gmail.accessToken)
  const { data } = await owner.users.messages.list({ userId: 'me', q: 'in:drafts' })
  const found = data.messages?.some(({ threadId }) => threadId === ANSWER.threadId) ?? false
  narration.note('buyer', 'opens her drafts in Gmail', found ? 'finds it there' : 'no draft', found)
  await narration.refused('agent', `writes one with a copy to ${SEED.evil}`, 403, async () =>
    writeDraft(mailbox(front, token), { ...ANSWER, cc: SEED.evil }),
  )
  const [hers = ''] = [...gmail.mailbox.drafts].find(([, id]) => id === SEED.draft.id) ?? []
  await narration.refused('agent', 'reads a draft that the buyer wrote herself', 404, async () =>
    users.drafts.get({ userId: 'me', id: hers }),
  )
}

async function tidyUp(narration: Narration, token: string): Promise<void> {
  const { gmail, front } = narration.stage
  const { messages } = mailbox(front, token).users
  const stored = (id: string): ReadonlySet<string> => gmail.mailbox.requireMessage(id).labelIds
  const { id } = SEED.html
  const label = async (requestBody: object): Promise<unknown> =>
    messages.modify({ userId: 'me', id, requestBody })
  await narration.attempt('agent', 'puts the label Orders on a mail', async () => {
    await label({ addLabelIds: [SEED.labels.orders] })
    return { answer: '200', expected: stored(id).has(SEED.labels.orders) }
  })
  await narration.refused('agent', 'puts the label Finance on it: not granted', 403, async () =>
    label({ addLabelIds: [SEED.labels.finance] }),
  )
  await narration.refused('agent', 'takes it out of the inbox', 403, async () =>
    label({ removeLabelIds: ['INBOX'] }),
  )
  const bogus = { userId: 'me', id: SEED.spoofedName.id }
  await narration.attempt('agent', 'moves a forged mail to the trash', async () => {
    await messages.trash(bogus)
    return { answer: '200', expected: stored(bogus.id).has('TRASH') }
  })
  await narration.attempt('agent', 'and takes it back', async () => {
    await messages.untrash(bogus)
    return { answer: '200', expected: !stored(bogus.id).has('TRASH') }
  })
  await narration.refused('agent', 'takes back what the buyer threw away', 404, async () =>
    messages.untrash({ userId: 'me', id: SEED.trash.id }),
  )
}

async function askWhatChanged(narration: Narration, token: string): Promise<void> {
  const { gmail, front } = narration.stage
  const since = String(gmail.mailbox.historyId)
  const owner = mailbox(gmail.url, gmail.accessToken).users.messages
  const starred = [SEED.html.id, SEED.hidden.id]
  await owner.batchModify({ userId: 'me', requestBody: { ids: starred, addLabelIds: ['STARRED'] } })
  narration.note('buyer', 'stars a Support mail and her bank statement', 'in Gmail')
  await narration.attempt('agent', 'asks what changed since', async () => {
    const { users } = mailbox(front, token)
    const { data } = await users.history.list({ userId: 'me', startHistoryId: since })
    const told = data.history?.flatMap(({ labelsAdded }) => labelsAdded ?? []) ?? []
    const ids = told.map(({ message }) => message?.id)
    const expected = ids.length === 1 && ids[0] === SEED.html.id
    const answer = expected ? '200: one change, that of the Support mail' : `200: ${ids.join(', ')}`
    return { answer, expected }
  })
  await narration.attempt(
    'agent',
    'asks three things in one batch, one about the bank statement',
    () => askThree(front, token),
  )
}

async function askThree(front: string, token: string): Promise<Outcome> {
  const paths = [`messages/${SEED.html.id}`, `messages/${SEED.hidden.id}`, 'labels']
  const answers = (await askAtOnce(front, token, paths)).join(', ')
  return { answer: answers, expected: answers === '200, 404, 200' }
}

async function reachLimit(narration: Narration, token: string): Promise<void> {
  const { front, gmail } = narration.stage
  await untilHourIsLong()
  const client = mailbox(front, token)
  const sent = gmail.sent.length
  for (const which of ['answers the customer', 'answers her again']) {
    await narration.attempt('agent', which, async () => {
      const { id } = await reply(client, ANSWER)
      return { answer: `200, message ${id ?? '?'}`, expected: id !== undefined }
    })
  }
  await narration.refused('agent', 'answers a third time within the hour', 403, async () =>
    reply(client, ANSWER),
  )
  const received = gmail.sent.length - sent
  narration.note('buyer', 'counts what left', `${received} mails`, received === 2)
}

/** a limit is of the hour on the clock: replies on both sides of its end would not be counted together */
async function untilHourIsLong(): Promise<void> {
  const left = 3_600_000 - (Date.now() % 3_600_000)
  if (left < 45_000) await new Promise((resolve) => setTimeout(resolve, left))
}
