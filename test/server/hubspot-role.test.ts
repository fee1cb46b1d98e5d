import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '@hubspot/api-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePortSettings, startServer } from '../../examples/story/processes.ts'
import { STOCK_CLIENTS } from '../fakes/hubspot/client.ts'
import { SEED, startFakeHubspot, type FakeHubspot } from '../fakes/hubspot/index.ts'
import { remit, temporaryFolder } from '../support/command-line.ts'

const EMAIL = 'ines@shop.example'
const DETAILS = [
  {
    type: 'hubspot',
    actions: ['contacts.read'],
    where: { owner: SEED.ines },
    properties: { read: ['email', 'firstname'] },
  },
  {
    type: 'hubspot',
    actions: ['contacts.search'],
    must_filter_on: ['email'],
    properties: { read: ['email'] },
  },
]

/** the whole of it, in processes of their own: settings, role, connected account, operator's grant, stock client, revocation */
describe('the HubSpot role', () => {
  const stack = new AsyncDisposableStack()
  let hubspot: FakeHubspot
  let env: Record<string, string>
  let client: Client
  let grantId: string

  beforeAll(async () => {
    const folder = stack.use(await temporaryFolder())
    hubspot = stack.use(await startFakeHubspot())
    const ports = await freePortSettings()
    const front = `http://127.0.0.1:${ports.REMIT_HUBSPOT_PORT}`
    env = {
      ...ports,
      REMIT_DATA: join(folder.path, 'data'),
      REMIT_ROLES: 'hubspot',
      REMIT_HUBSPOT_UPSTREAM: hubspot.url,
    }
    const server = await startServer({ PATH: process.env['PATH'], ...env }, [`${front}/readyz`])
    stack.defer(async () => server.stop())
    const files = {
      token: join(folder.path, 'token.txt'),
      details: join(folder.path, 'grant.json'),
    }
    await writeFile(files.token, hubspot.accessToken)
    await writeFile(files.details, JSON.stringify(DETAILS))
    expect(await remit(['buyer', 'add', EMAIL], env)).toMatchObject({ code: 0 })
    const connecting = ['connect', 'hubspot', '--buyer', EMAIL, '--credential-file', files.token]
    const connected = await remit(connecting, env)
    expect(connected.stdout).toContain(`connected ${SEED.portal} (`)
    expect(connected.stdout + connected.stderr).not.toContain(hubspot.accessToken)
    const granting = [
      'grant',
      '--buyer',
      EMAIL,
      '--agent',
      'bot',
      '--file',
      files.details,
      '--json',
    ]
    const granted = JSON.parse((await remit(granting, env)).stdout) as {
      grant_id: string
      tokens: Record<string, string>
    }
    expect(Object.keys(granted.tokens)).toEqual(['hubspot'])
    grantId = granted.grant_id
    const [, create] = STOCK_CLIENTS[0] ?? []
    if (create === undefined) throw new Error('there is no stock client')
    client = create({ url: front, accessToken: granted.tokens['hubspot'] ?? '' })
    hubspot.reset()
  }, 120_000)
  afterAll(async () => stack.disposeAsync())

  it('is ready, and says so to a container', async () => {
    const { code, stdout } = await remit(['health'], env)
    expect(stdout).toMatch(/^hubspot .*ready$/m)
    expect(code).toBe(0)
  })

  it('answers a stock client as far as the grant goes', async () => {
    const mara = await client.crm.contacts.basicApi.getById(SEED.mara, ['email', 'ssn'])
    expect(mara.properties['email']).toContain('@')
    expect(Object.keys(mara.properties)).not.toContain('ssn')
    await expect(client.crm.contacts.basicApi.getById(SEED.viktor)).rejects.toMatchObject({
      code: 404,
    })
    hubspot.reset()
    await expect(client.crm.contacts.basicApi.getPage()).rejects.toMatchObject({ code: 403 })
    expect(hubspot.requests).toEqual([])
  })

  it('stops when the grant is revoked, with nothing asked of HubSpot', async () => {
    expect(await remit(['revoke', grantId], env)).toMatchObject({ code: 0 })
    hubspot.reset()
    await expect(client.crm.contacts.basicApi.getById(SEED.mara)).rejects.toMatchObject({
      code: 401,
    })
    expect(hubspot.requests).toEqual([])
  })
})
