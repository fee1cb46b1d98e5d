import { SEED } from '../../test/fakes/gmail/index.ts'
import { mailbox, reply } from './agent.ts'
import type { Narration } from './narration.ts'

/** what may be read, and what may not */
export async function readMail(narration: Narration, granted: string, task: string): Promise<void> {
  const { front, gmail } = narration.stage
  const all = gmail.mailbox.messages.size
  const broad = mailbox(front, granted)
  await narration.attempt('agent', 'lists the mail it may read', async () => {
    const { data } = await broad.users.messages.list({ userId: 'me', maxResults: 100 })
    const count = data.messages?.length ?? 0
    return { answer: `${count} of the ${all} messages`, expected: count > 0 && count < all / 2 }
  })
  await narration.attempt('agent', 'reads the injected mail', async () => {
    const { data } = await broad.users.messages.get({ userId: 'me', id: SEED.injected.id })
    const text = Buffer.from(bodyData(data.payload), 'base64url').toString()
    const order = text.split('\n').find((line) => line.includes(SEED.evil)) ?? ''
    return { answer: `200: “${order.trim()}”`, expected: order !== '' }
  })
  await narration.refused('agent', 'tries the bank statement, outside the filter', 404, async () =>
    broad.users.messages.get({ userId: 'me', id: SEED.hidden.id }),
  )
  await narration.refused(
    'agent',
    'tries another Support mail with the thread’s token',
    404,
    async () => mailbox(front, task).users.messages.get({ userId: 'me', id: SEED.html.id }),
  )
}

/** who may be written to, and who may not */
export async function writeMail(
  narration: Narration,
  narrower: string,
  task: string,
): Promise<void> {
  const { front } = narration.stage
  const mail = {
    threadId: SEED.supportThread.threadId,
    to: SEED.supportThread.customer,
    subject: `Re: ${SEED.supportThread.subject}`,
    text: 'Dear Alice, the right lids left our warehouse this morning. Kind regards, Leaf',
  }
  const client = mailbox(front, task)
  await narration.attempt('agent', 'answers the customer', async () => {
    const sent = await reply(client, mail)
    return { answer: `200, message ${sent.id ?? '?'}`, expected: sent.threadId === mail.threadId }
  })
  await narration.refused('agent', `obeys the injected mail: Cc ${SEED.evil}`, 403, async () =>
    reply(client, { ...mail, cc: SEED.evil }),
  )
  await narration.refused('agent', 'tries the same with the exchanged token', 403, async () =>
    reply(mailbox(front, narrower), { ...mail, cc: SEED.evil }),
  )
  await narration.refused(
    'agent',
    'starts a new mail to a colleague: the unticked row',
    403,
    async () => {
      const text = `To: ${SEED.colleague}\r\nSubject: hello\r\n\r\nhello`
      const requestBody = { raw: Buffer.from(text).toString('base64url') }
      await client.users.messages.send({ userId: 'me', requestBody })
    },
  )
}

interface Part {
  readonly mimeType?: string | null
  readonly body?: { readonly data?: string | null }
  readonly parts?: readonly Part[] | null
}

function bodyData(part: Part | undefined): string {
  if (!part) return ''
  if (part.body?.data && part.mimeType !== 'text/html') return part.body.data
  for (const inner of part.parts ?? []) {
    const found = bodyData(inner)
    if (found !== '') return found
  }
  return part.body?.data ?? ''
}
