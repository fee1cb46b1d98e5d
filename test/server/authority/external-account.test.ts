import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { auth, gmail, type gmail_v1 } from '@googleapis/gmail'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { SEED } from '../../fakes/gmail/index.ts'
import { temporaryFolder, type TemporaryFolder } from '../../support/command-line.ts'
import { startTestFront, type TestFront } from '../../support/front.ts'
import {
  accessTokenType,
  RawAgent,
  readAll,
  register,
  type Entry,
} from '../../support/oauth-agent.ts'
import {
  gmailFront,
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'

const google = 'https://www.googleapis.com/auth/'
const refreshTokenType = 'urn:ietf:params:oauth:token-type:refresh_token'

const reply: Entry = {
  type: 'gmail',
  actions: ['messages.reply'],
  recipients: { participants: true },
}

let server: TestAuthority
let buyer: TestBuyer
let front: TestFront
let folder: TemporaryFolder
beforeAll(async () => {
  server = await startAuthority()
  buyer = await server.addBuyer()
  const { rootKeys } = server.keys
  front = await startTestFront({
    now: () => Date.now(),
    ports: () => ({ rootKeys }),
    front: { resource: gmailFront },
  })
})
beforeEach(async () => {
  front.gmail.reset()
  folder = await temporaryFolder()
})
afterEach(async () => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  await folder[Symbol.asyncDispose]()
})
afterAll(async () => {
  await front.close()
  await server[Symbol.asyncDispose]()
})

interface Hired {
  readonly agent: RawAgent
  readonly refreshToken: string
  readonly secret: string
}

/** an agent with a secret, to which the buyer consented */
async function hire(details: readonly Entry[]): Promise<Hired> {
  const { body } = await register(server, { token_endpoint_auth_method: 'client_secret_basic' })
  const id = String(body['client_id'])
  const secret = String(body['client_secret'])
  const agent = new RawAgent(server, id, () => ({}), { fetch: authenticated(id, secret) })
  const { refreshToken } = await agent.obtainTokens(buyer, details)
  return { agent, refreshToken, secret }
}

function authenticated(id: string, secret: string): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`)
    return fetch(input, { ...init, headers })
  }
}

/** what an operator writes and names in GOOGLE_APPLICATION_CREDENTIALS */
async function deploy(
  { agent, secret, refreshToken }: Hired,
  changed: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const source = join(folder.path, 'refresh-token')
  await writeFile(source, refreshToken)
  const file = join(folder.path, 'credentials.json')
  const credentials = {
    type: 'external_account',
    audience: gmailFront,
    token_url: `${server.issuer}/oauth/token`,
    subject_token_type: refreshTokenType,
    credential_source: { file: source },
    client_id: agent.clientId,
    client_secret: secret,
    refresh_token: refreshToken,
    ...changed,
  }
  await writeFile(file, JSON.stringify(credentials))
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file)
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'none')
}

/** the agent's program: nothing in it is of Remit but the address */
function program(scopes?: readonly string[]): gmail_v1.Gmail {
  const credentials = new auth.GoogleAuth(scopes ? { scopes: [...scopes] } : {})
  return gmail({ version: 'v1', auth: credentials, rootUrl: `${front.url}/`, retry: false })
}

const read = async (client: gmail_v1.Gmail): Promise<string | null | undefined> =>
  (await client.users.messages.get({ userId: 'me', id: SEED.supportThread.id })).data.threadId

const answer = async (client: gmail_v1.Gmail, cc = ''): Promise<unknown> => {
  const { supportThread } = SEED
  const head = [`To: ${supportThread.customer}`, ...(cc === '' ? [] : [`Cc: ${cc}`])]
  const mail = [...head, `Subject: Re: ${supportThread.subject}`, '', 'The lids are on their way.']
  const raw = Buffer.from(mail.join('\r\n')).toString('base64url')
  const requestBody = { threadId: supportThread.threadId, raw }
  return client.users.messages.send({ userId: 'me', requestBody })
}

/** what the program's own library makes of a refusal */
async function refusalOf(call: Promise<unknown>): Promise<{ status: unknown; message: string }> {
  const error: unknown = await call.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  )
  const { response, message } = error as { response?: { status: number }; message: string }
  return { status: response?.status, message }
}

/** the tokens that the authority issued to an agent */
async function issuedTo({ clientId }: RawAgent): Promise<number> {
  const { count } = await server.db
    .selectFrom('oidc_payloads')
    .select((of) => of.fn.countAll().as('count'))
    .where('model', '=', 'AccessToken')
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

describe('a credential file of the type external_account, under Google’s own client', () => {
  it('reads and answers mail', async () => {
    await deploy(await hire([readAll, reply]))
    const client = program([`${google}gmail.modify`])
    expect(await read(client)).toBe(SEED.supportThread.threadId)
    await answer(client)
    expect(front.gmail.sent).toMatchObject([{ recipients: [SEED.supportThread.customer] }])
  })

  it('sends nothing outside the grant', async () => {
    await deploy(await hire([readAll, reply]))
    const { status } = await refusalOf(answer(program([`${google}gmail.modify`]), SEED.evil))
    expect(front.gmail.sent).toEqual([])
    expect(status).toBe(403)
  })

  it('gives a program no more than the scopes that it asked for', async () => {
    await deploy(await hire([readAll, reply]))
    const client = program([`${google}gmail.readonly`, `${google}gmail.labels`])
    expect(await read(client)).toBe(SEED.supportThread.threadId)
    const { status } = await refusalOf(answer(client))
    expect(front.gmail.sent).toEqual([])
    expect(status).toBe(403)
  })

  it('gives a program that asked for none what was granted, and no more', async () => {
    await deploy(await hire([readAll, reply]))
    const client = program()
    await answer(client)
    expect(front.gmail.sent).toHaveLength(1)
    const { status } = await refusalOf(answer(client, SEED.evil))
    expect(front.gmail.sent).toHaveLength(1)
    expect(status).toBe(403)
  })

  it('gives nothing for scopes that name no mail', async () => {
    await deploy(await hire([readAll, reply]))
    const scopes = [`${google}calendar`, `${google}cloud-platform`]
    const { message } = await refusalOf(read(program(scopes)))
    expect(front.gmail.requests).toEqual([])
    expect(message).toContain('invalid_scope')
  })

  it('keeps one token while it is fresh, and exchanges again by itself when it ends', async () => {
    const hired = await hire([readAll])
    await deploy(hired)
    const client = program()
    await read(client)
    await read(client)
    const before = await issuedTo(hired.agent)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * 60_000 })
    expect(await read(client)).toBe(SEED.supportThread.threadId)
    expect(await issuedTo(hired.agent)).toBe(before + 1)
    expect(front.gmail.requests).toHaveLength(3)
  })

  it('fails with the authority’s own words once the grant was revoked', async () => {
    const hired = await hire([readAll])
    await deploy(hired)
    expect(await hired.agent.revoke(hired.refreshToken)).toBe(200)
    const { message, status } = await refusalOf(read(program()))
    expect(front.gmail.requests).toEqual([])
    expect(status).toBe(400)
    expect(message).toContain('invalid_grant: subject_token is invalid, expired, revoked')
  })

  it('works from an access token too, until that one ends', async () => {
    const hired = await hire([readAll])
    const { body } = await hired.agent.refresh(hired.refreshToken)
    const refreshToken = String(body['access_token'])
    await deploy({ ...hired, refreshToken }, { subject_token_type: accessTokenType })
    const client = program()
    expect(await read(client)).toBe(SEED.supportThread.threadId)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * 60_000 })
    front.gmail.reset()
    const { message } = await refusalOf(read(client))
    expect(front.gmail.requests).toEqual([])
    expect(message).toContain('invalid_grant')
  })
})

describe('a credential file of the type external_account_authorized_user', () => {
  it('reads a mail by the refresh grant, without an exchange', async () => {
    await deploy(await hire([readAll]), { type: 'external_account_authorized_user' })
    expect(await read(program([`${google}gmail.readonly`]))).toBe(SEED.supportThread.threadId)
  })
})
