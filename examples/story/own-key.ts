/** The agent comes back with a key of its own, by the SDK: what a thief has of its token, and how it hands a part on. */
import { gmail, type gmail_v1 } from '@googleapis/gmail'
import { gmailAuth } from '../../sdk/gmail.ts'
// in a project of your own: from 'remit-sdk'
import {
  delegate,
  frontAccess,
  generateProofKey,
  inspect,
  remit,
  type FrontAccess,
} from '../../sdk/index.ts'
import { SEED } from '../../test/fakes/gmail/index.ts'
import { mailbox, REDIRECT_URI } from './agent.ts'
import type { Browser } from './browser.ts'
import { consentToKey } from './consent.ts'
import type { Narration, Outcome } from './narration.ts'

/** gives what the sub-agent can use */
export async function useOwnKey(
  narration: Narration,
  buyer: Browser,
  clientId: string,
): Promise<FrontAccess> {
  const { front } = narration.stage
  // Ed25519, so that it can sign a part away later
  const key = await generateProofKey({ delegable: true })
  const agent = await remit({ front, clientId, redirectUri: REDIRECT_URI, key })
  const proposal = await agent.propose([
    { type: 'gmail', actions: ['messages.read', 'messages.reply'], labels: ['Support'] },
  ])
  narration.note('agent', 'proposes again, with a key of its own (DPoP)', 'request_uri, one use')
  await agent.redeem(proposal, await consentToKey(narration, buyer, proposal.url))
  const token = await agent.accessToken()
  const isBound = JSON.stringify(inspect(token).lineage).includes('cnf_jkt')
  narration.note('agent', 'redeems the code', 'a Biscuit that names the key', isBound)

  await narration.attempt('agent', 'reads with a proof of its key', async () =>
    read(connect(agent.access)),
  )
  await stealToken(narration, agent.access, token)

  const helper = await generateProofKey()
  const handed = delegate(token, {
    publicKey: helper.publicKey,
    signWith: key.privateKey,
    entries: [
      { type: 'gmail', actions: ['messages.read'], threads: [SEED.supportThread.threadId] },
    ],
  })
  narration.note(
    'agent',
    'hands one thread to the key of a sub-agent, offline',
    `${handed.length} characters, nobody was asked`,
    handed.length > token.length,
  )
  const access = frontAccess({ front, token: handed, key: helper })
  await narration.attempt('sub-agent', 'reads its thread with its own key', async () =>
    read(connect(access)),
  )
  await narration.refused('sub-agent', 'tries another Support mail', 404, async () =>
    read(connect(access), SEED.html.id),
  )
  await narration.refused('agent', 'uses what it handed on, with its own key', 401, async () =>
    read(connect(frontAccess({ front, token: handed, key }))),
  )
  return access
}

/** what a stolen token is worth: nothing, alone, with another key, or with a proof that was seen on its way */
async function stealToken(narration: Narration, access: FrontAccess, token: string): Promise<void> {
  const { front } = narration.stage
  await narration.refused('thief', 'sends the stolen token alone', 401, async () =>
    read(mailbox(front, token)),
  )
  const key = await generateProofKey()
  await narration.refused('thief', 'sends it with a proof of a key of its own', 401, async () =>
    read(connect(frontAccess({ front, token, key }))),
  )
  const url = `${front}/gmail/v1/users/me/profile`
  const headers = await access.headersFor('GET', url)
  await narration.attempt('agent', 'asks for the profile, and is overheard', async () =>
    repeat(url, headers),
  )
  await narration.refused('thief', 'repeats that request, token and proof', 401, async () =>
    repeat(url, headers),
  )
}

/** Google's own client; the SDK puts token and proof into each request */
function connect(access: FrontAccess): gmail_v1.Gmail {
  return gmail({ version: 'v1', auth: gmailAuth(access), retry: false })
}

export async function read(
  client: gmail_v1.Gmail,
  id: string = SEED.supportThread.id,
): Promise<Outcome> {
  const { data } = await client.users.messages.get({ userId: 'me', id })
  const subject = data.payload?.headers?.find(({ name }) => name === 'Subject')?.value
  return { answer: `200: “${subject ?? ''}”`, expected: data.id === id }
}

async function repeat(url: string, headers: Record<string, string>): Promise<Outcome> {
  const response = await fetch(url, { headers })
  const body = (await response.json()) as { error?: { message: string }; emailAddress?: string }
  // as Google's client raises it
  if (body.error) throw Object.assign(new Error(body.error.message), { status: response.status })
  return { answer: `200: ${body.emailAddress}`, expected: body.emailAddress === SEED.account }
}
