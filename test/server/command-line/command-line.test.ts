import { generateKeyPairSync } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspect, toThumbprint } from '../../../capabilities/index.ts'
import {
  freePortSettings,
  startServer,
  type ServerProcess,
} from '../../../examples/story/processes.ts'
import { mailbox } from '../../../examples/story/agent.ts'
import { SEED, startFakeGmail, type FakeGmail } from '../../fakes/gmail/index.ts'
import { remit, temporaryFolder, type TemporaryFolder } from '../../support/command-line.ts'

const EMAIL = 'dana@northwind-tea.example'

let folder: TemporaryFolder
let gmail: FakeGmail
let env: Record<string, string>
let server: ServerProcess | undefined

beforeAll(async () => {
  folder = await temporaryFolder()
  gmail = await startFakeGmail()
  env = {
    REMIT_DATA: join(folder.path, 'data'),
    ...(await freePortSettings()),
    REMIT_GMAIL_UPSTREAM: gmail.url,
  }
  await writeFile(join(folder.path, 'google.json'), JSON.stringify(credential(gmail)))
  await writeFile(
    join(folder.path, 'details.json'),
    JSON.stringify([{ type: 'gmail', actions: ['messages.read'] }]),
  )
}, 120_000)
afterAll(async () => {
  await server?.stop()
  await gmail.close()
  await folder[Symbol.asyncDispose]()
})

describe('the command line', () => {
  it('says what it can do, and what a command takes', async () => {
    const { code, stdout } = await remit(['help'], env)
    expect(code).toBe(0)
    for (const name of [
      'serve',
      'demo',
      'migrate',
      'buyer',
      'connect',
      'grant',
      'token',
      'revoke',
      'approvals',
      'keys',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
      expect((await remit([name, '--help'], env)).stdout).toContain(`usage: remit ${name}`)
    }
  })

  it.each([
    [['frobnicate'], /no command/],
    [['buyer', 'remove', 'x'], /say whom to add/],
    [['buyer', 'recover', 'nobody@x.example'], /there is no buyer/],
    [['buyer', 'add', 'not-an-address', '--link'], /not an e-mail address/],
    [['buyer', 'recover', EMAIL, '--password-stdin'], /chooses the password herself/],
    [['buyer', 'add', 'not-an-address'], /not an e-mail address/],
    [['connect', 'notion', '--buyer', EMAIL], /connects `gmail`, `hubspot` and `stripe`/],
    [['connect', 'gmail', '--buyer', EMAIL], /--credential-file is missing/],
    [['connect', 'gmail', '--buyer', EMAIL, '--credential-file', '/nowhere'], /cannot be read/],
    [['grant', '--buyer', EMAIL, '--agent', 'a', '--file', '/nowhere'], /cannot be read/],
    [['grant', '--buyer', EMAIL, '--agent', 'a', '--file', 'x', '--ttl', 'soon'], /no duration/],
    [['grant', '--buyer', EMAIL, '--agent', 'a', '--file', 'x', '--token-ttl', '0'], /no duration/],
    [['grant', '--colour', 'red'], /colour/],
    [['token', 'inspect', 'rubbish'], /token/],
    [['revoke', 'rubbish'], /neither a grant id/],
    [['approvals', 'approve'], /say what to do/],
    [['approvals', 'deny', 'apr_none'], /there is no approval/],
    [['approvals', 'list', '--buyer', 'nobody@x.example'], /there is no buyer/],
    [['keys', 'rotate', 'all'], /biscuit-root or oidc-signing/],
    [['migrate', '--colour'], /colour/],
  ] as const)('refuses %j with one line on stderr', async (args, message) => {
    const { code, stdout, stderr } = await remit(args, env)
    expect(code).not.toBe(0)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('refuses a mistyped setting before it does anything', async () => {
    const { code, stderr } = await remit(['migrate'], { ...env, REMIT_ISUER: 'http://x' })
    expect(code).toBe(1)
    expect(stderr).toContain('REMIT_ISSUER')
  })

  it('prepares a buyer and an account before any server ran', async () => {
    const added = await remit(['buyer', 'add', EMAIL, '--json'], env)
    expect(added).toMatchObject({ code: 0 })
    expect((JSON.parse(added.stdout) as { password: string }).password.length).toBeGreaterThan(12)
    expect((await remit(['buyer', 'add', EMAIL], env)).stderr).toContain('exists already')
    const file = join(folder.path, 'google.json')
    const connected = await remit(
      ['connect', 'gmail', '--buyer', EMAIL, '--credential-file', file],
      env,
    )
    expect(connected.stdout).toContain(EMAIL)
    expect(connected.stdout + connected.stderr).not.toContain(gmail.tokenEndpoint.refreshToken)
    expect((await stat(join(env['REMIT_DATA'] ?? '', 'master.key'))).mode & 0o077).toBe(0)
  })

  it(
    'works beside a running server: grants, narrows, verifies, revokes at once',
    { timeout: 120_000 },
    async () => {
      const front = `http://127.0.0.1:${env['REMIT_GMAIL_PORT']}`
      server = await startServer({ PATH: process.env['PATH'], ...env }, [`${front}/readyz`])
      const file = join(folder.path, 'details.json')
      const granted = await remit(
        [
          'grant',
          '--buyer',
          EMAIL,
          '--agent',
          'bot',
          '--file',
          file,
          '--ttl',
          '1h',
          '--token-ttl',
          '10m',
          '--json',
        ],
        env,
      )
      expect(granted).toMatchObject({ code: 0, stderr: '' })
      const { grant_id: grantId, tokens } = JSON.parse(granted.stdout) as {
        grant_id: string
        tokens: { gmail: string }
      }
      expect(inspect(tokens.gmail).expiresAt).toBeLessThanOrEqual(Date.now() / 1000 + 600)
      await writeFile(
        join(folder.path, 'narrow.json'),
        JSON.stringify([
          { type: 'gmail', actions: ['messages.read'], threads: [SEED.supportThread.threadId] },
        ]),
      )
      const narrowed = await remit(
        ['token', 'attenuate', '-', '--file', join(folder.path, 'narrow.json'), '--ttl', '5m'],
        env,
        `${tokens.gmail}\n`,
      )
      expect(narrowed).toMatchObject({ code: 0, stderr: '' })
      const child = narrowed.stdout.trim()
      const read = async (token: string, id: string): Promise<number> =>
        mailbox(front, token)
          .users.messages.get({ userId: 'me', id })
          .then(
            ({ status }) => status,
            (error: { status: number }) => error.status,
          )
      expect(await read(child, SEED.supportThread.id)).toBe(200)
      expect(await read(child, SEED.hidden.id)).toBe(404)
      expect(await read(tokens.gmail, SEED.hidden.id)).toBe(200)

      const inspected = await remit(['token', 'inspect', '-'], env, child)
      expect(inspected.stdout).toContain(grantId)
      expect(inspected.stdout).toMatch(/block 1/)
      expect((await remit(['token', 'verify', '-'], env, child)).code).toBe(0)
      expect(
        (await remit(['token', 'verify', '-'], env, `${child.slice(0, -9)}AAAAAAAA=`)).code,
      ).toBe(1)

      // the attenuated token alone: what it was made from lives on
      expect((await remit(['revoke', '-'], env, child)).code).toBe(0)
      expect(await read(child, SEED.supportThread.id)).toBe(401)
      expect(await read(tokens.gmail, SEED.hidden.id)).toBe(200)
      expect((await remit(['revoke', grantId], env)).stdout).toContain('revoked')
      expect(await read(tokens.gmail, SEED.hidden.id)).toBe(401)
      expect((await remit(['token', 'verify', '-'], env, tokens.gmail)).stderr).toContain('revoked')
      expect((await remit(['health'], env)).code).toBe(0)
    },
  )

  it('grants for the key of an agent, who can then hand the token on', async () => {
    const agent = generateKeyPairSync('ed25519')
    const helper = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const keyFiles = {
      'agent.jwk': agent.publicKey,
      'agent-private.jwk': agent.privateKey,
      'helper.jwk': helper.publicKey,
    }
    for (const [name, key] of Object.entries(keyFiles)) {
      await writeFile(join(folder.path, name), JSON.stringify(key.export({ format: 'jwk' })))
    }
    const [publicFile, privateFile, helperFile] = Object.keys(keyFiles).map((name) =>
      join(folder.path, name),
    )
    const ask = ['grant', '--buyer', EMAIL, '--agent', 'bot', '--key']
    const details = ['--file', join(folder.path, 'details.json')]
    const refused = await remit([...ask, privateFile ?? '', ...details], env)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/private key/)
    const granted = await remit([...ask, publicFile ?? '', ...details], env)
    const { gmail: token } = (JSON.parse(granted.stdout) as { tokens: { gmail: string } }).tokens
    const keys = ['--to', helperFile ?? '', '--sign-with', privateFile ?? '']
    const delegated = await remit(['token', 'delegate', '-', ...keys], env, token)
    expect(delegated).toMatchObject({ code: 0, stderr: '' })
    const verified = await remit(['token', 'verify', '-'], env, delegated.stdout)
    expect(verified).toMatchObject({ code: 0, stderr: '' })
    expect(verified.stdout).toContain(toThumbprint(helper.publicKey))
  })

  it('grants many at once', async () => {
    const file = join(folder.path, 'details.json')
    const { stdout } = await remit(
      ['grant', '--buyer', EMAIL, '--agent', 'bot', '--file', file, '--count', '200'],
      env,
    )
    const ids = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { grant_id: string }).grant_id)
    expect(new Set(ids).size).toBe(200)
  })

  it(
    'rotates keys: old tokens stay good, and their root cannot be retired too early',
    { timeout: 60_000 },
    async () => {
      const file = join(folder.path, 'details.json')
      const granted = await remit(
        ['grant', '--buyer', EMAIL, '--agent', 'bot', '--file', file],
        env,
      )
      const { gmail: token } = (JSON.parse(granted.stdout) as { tokens: { gmail: string } }).tokens
      const [old = ''] = (await remit(['keys', 'list'], env)).stdout
        .split('\n')
        .filter((line) => line.includes('biscuit-root'))
        .map((line) => line.split(' ')[0] ?? '')
      expect((await remit(['keys', 'rotate', 'biscuit-root'], env)).code).toBe(0)
      expect((await remit(['token', 'verify', '-'], env, token)).code).toBe(0)
      // the new root signs only when every process knows it; until then the old one cannot go
      const early = await remit(['keys', 'retire', old], env)
      expect(early.code).toBe(1)
      expect(early.stderr).toContain('rotate')
      expect((await remit(['token', 'verify', '-'], env, token)).code).toBe(0)
    },
  )

  it('keeps secrets out of the server’s log', async () => {
    await server?.stop()
    const log = server?.log() ?? ''
    expect(log).toContain('"event":"stopped"')
    expect(log).not.toContain(gmail.tokenEndpoint.refreshToken)
    expect(log).not.toContain(gmail.tokenEndpoint.clientSecret)
    for (const token of gmail.accessTokens) expect(log).not.toContain(token)
    const key = (await readFile(join(env['REMIT_DATA'] ?? '', 'master.key'), 'utf8')).trim()
    expect(log).not.toContain(key)
  })
})

function credential(fake: FakeGmail): object {
  return {
    type: 'authorized_user',
    client_id: fake.tokenEndpoint.clientId,
    client_secret: fake.tokenEndpoint.clientSecret,
    refresh_token: fake.tokenEndpoint.refreshToken,
  }
}
