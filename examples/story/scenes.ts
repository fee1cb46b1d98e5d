import { attenuate } from '../../capabilities/index.ts'
import { SEED, type FakeGmail } from '../../test/fakes/gmail/index.ts'
import {
  exchange,
  mailbox,
  propose,
  redeem,
  REDIRECT_URI,
  refusal,
  register,
  reply,
  type Proposal,
  type Tokens,
} from './agent.ts'
import { Browser, findForm, readableText } from './browser.ts'
import type { Story } from './table.ts'

export interface Stage {
  readonly issuer: string
  readonly front: string
  readonly gmail: FakeGmail
  readonly email: string
  readonly password: string
}

const SUPPORT = 'Support'
const PROPOSAL = [
  { type: 'gmail', actions: ['messages.read'], labels: [SUPPORT] },
  {
    type: 'gmail',
    actions: ['messages.reply'],
    labels: [SUPPORT],
    recipients: { participants: true },
  },
  { type: 'gmail', actions: ['messages.send'], recipients: { domains: ['northwind-tea.example'] } },
]

export async function tell(stage: Stage, story: Story): Promise<void> {
  const scenes = new Scenes(stage, story)
  const agent = await register(stage.issuer)
  const proposal = await propose(agent, stage.front, PROPOSAL)
  scenes.note(
    'agent',
    'registers itself, pushes a proposal of three rows (PAR, RAR)',
    'request_uri, one use',
  )
  const buyer = new Browser(REDIRECT_URI)
  const callback = await scenes.consent(buyer, proposal)
  const granted = await redeem(agent, proposal, callback, stage.front)
  scenes.note('agent', 'redeems the code', describeToken(granted), rowsOf(granted) === 2)
  const narrower = await exchange(agent, granted.accessToken, stage.front, [
    {
      type: 'gmail',
      actions: ['messages.read', 'messages.reply'],
      recipients: { sender_only: true },
    },
  ])
  scenes.note(
    'agent',
    'exchanges it for a narrower one (RFC 8693): answers go to the sender only',
    describeToken(narrower),
    narrower.accessToken !== granted.accessToken,
  )
  const task = attenuate(granted.accessToken, [threadOnly()], { expiresAt: soon() })
  scenes.note(
    'agent',
    'attenuates the first one offline: this thread, nine minutes',
    `${task.length} characters, nobody was asked`,
    task.length > granted.accessToken.length,
  )
  await scenes.reading(granted, task)
  await scenes.writing(narrower, task)
  await scenes.revocation(buyer, task)
}

class Scenes {
  readonly #stage: Stage
  readonly #story: Story

  constructor(stage: Stage, story: Story) {
    this.#stage = stage
    this.#story = story
  }

  note(who: 'agent' | 'buyer', tried: string, answer: string, expected = true): void {
    this.#story.add({ who, tried, answer, reached: '', expected })
  }

  async consent(buyer: Browser, proposal: Proposal): Promise<URL> {
    const signIn = await buyer.open(proposal.url)
    const page = await buyer.submit(findForm(signIn, '/login'), (fields) => {
      fields.set('email', this.#stage.email)
      fields.set('password', this.#stage.password)
    })
    const lines = readableText(page.html).split('\n')
    const absent = lines.slice(lines.findIndex((line) => line.includes('cannot')) + 1).slice(0, 3)
    this.note(
      'buyer',
      'signs in and reads the proposal',
      `even then, it still cannot: ${absent.join('; ')}; …`,
      page.status === 200 && absent.length === 3,
    )
    const form = findForm(page, '/confirm')
    const sending = form.controls.find((c) => c.name.endsWith('-send'))
    const days = form.controls.find((c) => c.name.endsWith('-read.days'))
    if (!sending || !days) throw new Error('the consent page has not the rows of the proposal')
    const answered = await buyer.submit(form, (fields) => {
      fields.delete(sending.name)
      fields.set(days.name, '30')
    })
    this.note(
      'buyer',
      'limits reading to 30 days, unticks new mail to colleagues, allows the rest',
      answered.status === 0
        ? 'back to the agent with a code'
        : readableText(answered.html).slice(0, 200),
      answered.url.searchParams.has('code'),
    )
    return answered.url
  }

  async reading(granted: Tokens, task: string): Promise<void> {
    const all = this.#stage.gmail.mailbox.messages.size
    const broad = mailbox(this.#stage.front, granted.accessToken)
    await this.#try('lists the mail it may read', async () => {
      const { data } = await broad.users.messages.list({ userId: 'me', maxResults: 100 })
      const count = data.messages?.length ?? 0
      return { answer: `${count} of the ${all} messages`, expected: count > 0 && count < all / 2 }
    })
    await this.#try('reads the injected mail', async () => {
      const { data } = await broad.users.messages.get({ userId: 'me', id: SEED.injected.id })
      const text = Buffer.from(bodyData(data.payload), 'base64url').toString()
      const order = text.split('\n').find((line) => line.includes(SEED.evil)) ?? ''
      return { answer: `200: “${order.trim()}”`, expected: order !== '' }
    })
    await this.#try(
      'tries the bank statement, outside the filter',
      async () => {
        await broad.users.messages.get({ userId: 'me', id: SEED.hidden.id })
        return { answer: '200', expected: false }
      },
      404,
    )
    await this.#try(
      'tries the same with the thread’s token, on another Support mail',
      async () => {
        await mailbox(this.#stage.front, task).users.messages.get({
          userId: 'me',
          id: SEED.html.id,
        })
        return { answer: '200', expected: false }
      },
      404,
    )
  }

  async writing(narrower: Tokens, task: string): Promise<void> {
    const mail = {
      threadId: SEED.supportThread.threadId,
      to: SEED.supportThread.customer,
      subject: `Re: ${SEED.supportThread.subject}`,
      text: 'Dear Alice, the right lids left our warehouse this morning. Kind regards, Leaf',
    }
    const client = mailbox(this.#stage.front, task)
    await this.#try('answers the customer', async () => {
      const sent = await reply(client, mail)
      return { answer: `200, message ${sent.id ?? '?'}`, expected: sent.threadId === mail.threadId }
    })
    await this.#try(
      `obeys the injected mail: Cc ${SEED.evil}`,
      async () => {
        await reply(client, { ...mail, cc: SEED.evil })
        return { answer: '200', expected: false }
      },
      403,
    )
    await this.#try(
      'tries the same with the exchanged token',
      async () => {
        await reply(mailbox(this.#stage.front, narrower.accessToken), { ...mail, cc: SEED.evil })
        return { answer: '200', expected: false }
      },
      403,
    )
    await this.#try(
      'starts a new mail to a colleague: the unticked row',
      async () => {
        const raw = Buffer.from(`To: ${SEED.colleague}\r\nSubject: hello\r\n\r\nhello`).toString(
          'base64url',
        )
        await client.users.messages.send({ userId: 'me', requestBody: { raw } })
        return { answer: '200', expected: false }
      },
      403,
    )
  }

  async revocation(buyer: Browser, task: string): Promise<void> {
    const page = await buyer.open(`${this.#stage.issuer}/grants`)
    const refusals = readableText(page.html).includes(SEED.evil)
    this.note(
      'buyer',
      'opens the console',
      'sees the grant and what was refused under it',
      refusals,
    )
    const after = await buyer.submit(findForm(page, '/revoke'))
    this.note(
      'buyer',
      'revokes the grant',
      firstLine(readableText(after.html), 'Revoked.'),
      after.status === 200,
    )
    await this.#try(
      'goes on reading',
      async () => {
        await mailbox(this.#stage.front, task).users.messages.get({
          userId: 'me',
          id: SEED.injected.id,
        })
        return { answer: '200', expected: false }
      },
      401,
    )
  }

  /** one call of the agent: what the front said, and what the stand-in for Gmail received meanwhile */
  async #try(
    tried: string,
    call: () => Promise<{ answer: string; expected: boolean }>,
    refusedWith?: number,
  ): Promise<void> {
    const { requests, sent } = this.#stage.gmail
    const before = { requests: requests.length, sent: sent.length }
    const outcome = await call().catch((error: unknown) => {
      const { status, message } = refusal(error)
      return { answer: `${status}: ${message}`, expected: status === refusedWith }
    })
    const mails = sent.slice(before.sent)
    const reads = requests.slice(before.requests).filter((r) => r.method === 'GET').length
    const reached = [
      ...(reads > 0 ? [`${reads} ${reads === 1 ? 'read' : 'reads'} by the front`] : []),
      ...mails.map((m) => `1 mail to ${m.recipients.join(', ')}`),
    ]
    // a refused call may have made the front read, never send
    const harmless = refusedWith === undefined || mails.length === 0
    this.#story.add({
      who: 'agent',
      tried,
      answer: outcome.answer,
      reached: reached.join('; ') || 'nothing',
      expected: outcome.expected && harmless,
    })
  }
}

function threadOnly(): object {
  return {
    type: 'gmail',
    actions: ['messages.read', 'messages.reply'],
    threads: [SEED.supportThread.threadId],
  }
}

function soon(): number {
  // less than the ten minutes of the token itself, which began a moment ago
  return Math.floor(Date.now() / 1000) + 540
}

function rowsOf(tokens: Tokens): number {
  return Array.isArray(tokens.details) ? tokens.details.length : 0
}

function describeToken(tokens: Tokens): string {
  return `a Biscuit of ${tokens.accessToken.length} characters, ${rowsOf(tokens)} rows`
}

function firstLine(text: string, start: string): string {
  return text.split('\n').find((line) => line.startsWith(start)) ?? 'an unexpected page'
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
