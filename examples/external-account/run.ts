/**
 * A program of Google's libraries behind a front, by a credential file: `node examples/external-account/run.ts`. Ends with 0
 * when every step went as it must.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
// in a project of your own: from 'remit-sdk'
import { memoryStore, remit } from '../../sdk/index.ts'
import { SEED } from '../../test/fakes/gmail/index.ts'
import { setStage } from '../stage.ts'
import { Browser, findForm } from '../story/browser.ts'
import { Story } from '../story/table.ts'

const AGENT = fileURLToPath(new URL('agent.ts', import.meta.url))
const REDIRECT_URI = 'http://127.0.0.1:9/callback'
const PROPOSAL = [
  { type: 'gmail', actions: ['messages.read'], labels: ['Support'] },
  { type: 'gmail', actions: ['messages.reply'], labels: ['Support'] },
] as const

await using cleanup = new AsyncDisposableStack()
const say = (line: string): void => console.log(line)
say('Starting a server and a stand-in for Gmail…\n')
const stage = await setStage(cleanup)
const folder = await mkdtemp(join(tmpdir(), 'remit-external-account-'))
cleanup.defer(async () => rm(folder, { recursive: true, force: true }))
const story = new Story(say)
const buyer = new Browser(REDIRECT_URI)

const client = await register()
const refreshToken = await obtainConsent(client)
const credentials = await writeCredentials(client, refreshToken)

const { supportThread, evil, hidden } = SEED
await attempt('reads a mail of the grant', ['read', supportThread.id], supportThread.subject)
await attempt('reads one outside the grant', ['read', hidden.id], 'not found')
const answer = ['answer', supportThread.threadId, supportThread.customer]
await attempt('answers the customer', answer, 'sent', supportThread.customer)
await attempt(`answers with a copy to ${evil}`, [...answer, evil], evil)
await revoke()
await attempt('tries to go on', ['read', supportThread.id], 'revoked')
report()

/** a client with a secret: only such a client may keep its refresh token in a file */
async function register(): Promise<{ clientId: string; clientSecret: string }> {
  const response = await fetch(`${stage.issuer}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Leaf, the support assistant',
      redirect_uris: [REDIRECT_URI],
      // what Google's libraries send with an exchange
      token_endpoint_auth_method: 'client_secret_basic',
    }),
  })
  const body = (await response.json()) as { client_id: string; client_secret: string }
  return { clientId: body.client_id, clientSecret: body.client_secret }
}

async function obtainConsent(registered: {
  clientId: string
  clientSecret: string
}): Promise<string> {
  const store = memoryStore()
  const agent = await remit({
    ...registered,
    front: stage.front,
    redirectUri: REDIRECT_URI,
    store,
  })
  const proposal = await agent.propose(PROPOSAL)
  const signIn = await buyer.open(proposal.url)
  const page = await buyer.submit(findForm(signIn, '/login'), (fields) => {
    fields.set('email', stage.email)
    fields.set('password', stage.password)
  })
  const consented = await buyer.submit(findForm(page, '/confirm'))
  await agent.redeem(proposal, consented.url)
  const tokens = await store.load()
  return tokens?.refreshToken ?? ''
}

/** the whole of what the operator deploys, beside the program */
async function writeCredentials(
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
  token: string,
): Promise<string> {
  const source = join(folder, 'refresh-token')
  await writeFile(source, token, { mode: 0o600 })
  const file = join(folder, 'credentials.json')
  const content = {
    type: 'external_account',
    audience: stage.front,
    token_url: `${stage.issuer}/oauth/token`,
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    credential_source: { file: source },
    client_id: clientId,
    client_secret: clientSecret,
  }
  await writeFile(file, JSON.stringify(content), { mode: 0o600 })
  return file
}

/** one run of the program, with nothing in its environment but what the operator set; `sentTo`: the one mail that may leave */
async function attempt(
  tried: string,
  args: readonly string[],
  expected: string,
  sentTo?: string,
): Promise<void> {
  const { requests, sent } = stage.gmail
  const before = { requests: requests.length, sent: sent.length }
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', AGENT, ...args], {
    env: {
      PATH: process.env['PATH'],
      GOOGLE_APPLICATION_CREDENTIALS: credentials,
      GMAIL_URL: `${stage.front}/`,
      // whatever it is: otherwise the library looks for one in the network
      GOOGLE_CLOUD_PROJECT: 'none',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [printed] = await Promise.all([text(child.stdout), once(child, 'close')])
  const recipients = sent.slice(before.sent).flatMap((mail) => mail.recipients)
  const reads = requests.length - before.requests - recipients.length
  const reached = [
    ...(reads > 0 ? [`${reads} read(s) by the front`] : []),
    ...recipients.map((recipient) => `1 mail to ${recipient}`),
  ]
  story.add({
    who: 'agent',
    tried,
    answer: printed.trim(),
    reached: reached.join('; ') || 'nothing',
    expected:
      printed.toLowerCase().includes(expected.toLowerCase()) &&
      recipients.join() === (sentTo ?? ''),
  })
}

async function revoke(): Promise<void> {
  const grants = await buyer.open(`${stage.issuer}/grants`)
  const { status } = await buyer.submit(findForm(grants, '/revoke'))
  const went = status === 200
  const answered = went ? 'it has ended' : `status ${status}`
  story.add({
    who: 'buyer',
    tried: 'revokes the grant',
    answer: answered,
    reached: '',
    expected: went,
  })
}

function report(): void {
  const { count, surprises } = story
  const went = surprises.length === 0
  say(went ? `\nAll ${count} steps went as they must.` : `\n${surprises.length} steps did not.`)
  if (!went) process.exitCode = 1
}
