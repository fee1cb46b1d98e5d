import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFakeGmail, type FakeGmail } from '../test/fakes/gmail/index.ts'
import { freePorts, remit, startServer } from './story/processes.ts'

const BUYER = 'dana@northwind-tea.example'

export interface Stage {
  readonly issuer: string
  readonly front: string
  readonly gmail: FakeGmail
  readonly email: string
  readonly password: string
  /** the operator's settings, for the command line beside the server */
  readonly env: NodeJS.ProcessEnv
}

/** the operator's part: a buyer, her account, a running server; only Gmail is a stand-in. `cleanup` ends all of it */
export async function setStage(cleanup: AsyncDisposableStack): Promise<Stage> {
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
  return { issuer, front, gmail, email: BUYER, password: buyer.password, env }
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

/** the operator grants without a browser; prints nothing, gives the token for the Gmail front */
export async function grantByOperator(
  { email, env }: Stage,
  details: readonly object[],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'remit-grant-'))
  try {
    const file = join(folder, 'details.json')
    await writeFile(file, JSON.stringify(details))
    const asked = ['grant', '--buyer', email, '--agent', 'leaf', '--file', file, '--ttl', '1h']
    const { tokens } = JSON.parse(await remit([...asked, '--json'], env)) as {
      tokens: { gmail: string }
    }
    return tokens.gmail
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
