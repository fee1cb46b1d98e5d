import { attenuate } from '../../capabilities/index.ts'
import { SEED } from '../../test/fakes/gmail/index.ts'
import type { Stage } from '../stage.ts'
import { exchange, propose, redeem, REDIRECT_URI, register, type Tokens } from './agent.ts'
import { Browser } from './browser.ts'
import { consent } from './consent.ts'
import { lookUpCustomer } from './crm.ts'
import { readMail, writeMail } from './mail.ts'
import { hireForMore } from './more-work.ts'
import { Narration } from './narration.ts'
import { useOwnKey } from './own-key.ts'
import { refundByConsent } from './refund.ts'
import { revokeGrants } from './revocation.ts'
import { thinkAgain } from './second-thoughts.ts'
import type { Story } from './table.ts'

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
  const narration = new Narration(stage, story)
  const buyer = new Browser(REDIRECT_URI)

  narration.act('A proposal, and what is left of it')
  const agent = await register(stage.issuer)
  const proposal = await propose(agent, stage.front, PROPOSAL)
  narration.note(
    'agent',
    'registers itself, pushes a proposal of three rows (PAR, RAR)',
    'request_uri, one use',
  )
  const callback = await consent(narration, buyer, proposal.url)
  const granted = await redeem(agent, proposal, callback, stage.front)
  narration.note('agent', 'redeems the code', describeToken(granted), rowsOf(granted) === 2)
  const narrower = await exchange(agent, granted.accessToken, stage.front, [
    {
      type: 'gmail',
      actions: ['messages.read', 'messages.reply'],
      recipients: { sender_only: true },
    },
  ])
  narration.note(
    'agent',
    'exchanges it for a narrower one (RFC 8693): answers go to the sender only',
    describeToken(narrower),
    narrower.accessToken !== granted.accessToken,
  )
  const task = attenuate(granted.accessToken, [threadOnly()], { expiresAt: soon() })
  narration.note(
    'agent',
    'attenuates the first one offline: this thread, nine minutes',
    `${task.length} characters, nobody was asked`,
    task.length > granted.accessToken.length,
  )

  narration.act('Who is this? Looked up with HubSpot’s own client')
  await lookUpCustomer(narration, story)

  narration.act('Mail, read and answered with Google’s own client')
  await readMail(narration, granted.accessToken, task)
  await writeMail(narration, narrower.accessToken, task)

  narration.act('The same agent, hired for more, with a limit')
  const hired = await hireForMore(narration, buyer, agent)

  narration.act('Second thoughts: less of one thing, more of another, and a stop')
  const { accessToken: more } = await thinkAgain(narration, buyer, agent, hired)

  narration.act('A token that only its agent can use, and a part of it for a sub-agent')
  const handed = await useOwnKey(narration, buyer, agent.clientId)

  narration.act('Money: a refund that waits for the buyer')
  await refundByConsent(narration, story, buyer)

  narration.act('The end of it')
  await revokeGrants(narration, buyer, { task, more }, handed)
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
