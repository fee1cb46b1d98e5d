/**
 * The whole story on this machine, on real protocol traffic: `npm run demo`. Authority, console and Gmail front run as the
 * server's own process on an embedded database; only Gmail is a stand-in. Ends with 0 when every step went as it must.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { startFakeGmail, type FakeGmail } from '../../test/fakes/gmail/index.ts'
import { freePorts, remit, startServer } from './processes.ts'
import { tell, type Stage } from './scenes.ts'
import { Story } from './table.ts'

const BUYER = 'dana@northwind-tea.example'

await using cleanup = new AsyncDisposableStack()
const say = (line = ''): void => console.log(line)
say('Starting authority, console, Gmail front, and a stand-in for Gmail…\n')
const stage = await setStage()
const story = new Story(say)
await tell(stage, story)
report()
if (process.argv.includes('--stay')) await stay()

/** the operator's part: a buyer, her account, a running server */
async function setStage(): Promise<Stage & { readonly password: string }> {
  const gmail = await startFakeGmail()
  cleanup.defer(async () => gmail.close())
  const data = await mkdtemp(join(tmpdir(), 'remit-demo-'))
  cleanup.defer(async () => rm(data, { recursive: true, force: true }))
  const env = await environment(data, gmail)
  const issuer = env['REMIT_ISSUER'] ?? ''
  const front = env['REMIT_GMAIL_URL'] ?? ''
  const server = await startServer(env, [`${issuer}/readyz`, `${front}/readyz`])
  cleanup.defer(async () => server.stop())
  const buyer = JSON.parse(await remit(['buyer', 'add', BUYER, '--json'], env)) as {
    password: string
  }
  const file = join(data, 'google-credential.json')
  await writeFile(file, JSON.stringify(googleCredential(gmail)), { mode: 0o600 })
  await remit(['connect', 'gmail', '--buyer', BUYER, '--credential-file', file], env)
  return { issuer, front, gmail, email: BUYER, password: buyer.password }
}

async function environment(data: string, gmail: FakeGmail): Promise<NodeJS.ProcessEnv> {
  const [authority = 0, front = 0] = await freePorts(2)
  const mine = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('REMIT_') && name !== 'DATABASE_URL' && name !== 'NODE_ENV',
  )
  return {
    ...Object.fromEntries(mine),
    REMIT_DATA: data,
    REMIT_AUTHORITY_PORT: String(authority),
    REMIT_GMAIL_PORT: String(front),
    REMIT_ISSUER: `http://127.0.0.1:${authority}`,
    REMIT_GMAIL_URL: `http://127.0.0.1:${front}`,
    REMIT_GMAIL_UPSTREAM: gmail.url,
    REMIT_GMAIL_TOKEN_URL: gmail.tokenUrl,
  }
}

/** the file that Google's own tools write: what a real buyer's consent at Google leaves behind */
function googleCredential(gmail: FakeGmail): object {
  return {
    type: 'authorized_user',
    client_id: gmail.tokenEndpoint.clientId,
    client_secret: gmail.tokenEndpoint.clientSecret,
    refresh_token: gmail.tokenEndpoint.refreshToken,
  }
}

function report(): void {
  const surprises = story.surprises
  say()
  if (surprises.length === 0) {
    say(`All ${story.count} steps went as they must.`)
    return
  }
  say(`${surprises.length} of ${story.count} steps did not go as they must:`)
  for (const step of surprises) say(`  ${step.tried}: ${step.answer}`)
  process.exitCode = 1
}

async function stay(): Promise<void> {
  say(`\nconsole   ${stage.issuer}/`)
  say(`sign in   ${stage.email}`)
  say(`password  ${stage.password}`)
  say(`front     ${stage.front}`)
  say('\nStill running; Ctrl-C ends it.')
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  await once(stop.signal, 'abort')
}
