import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  appendBlock,
  attenuate,
  generateRootKey,
  mintToken,
  parseToken,
} from '../../../capabilities/index.ts'
import { inspectPasted, type Inspection } from '../../../server/console/developers/inspection.ts'
import { pauseGrant, resumeGrant } from '../../../server/state/pause.ts'
import { revokeGrant, revokeToken } from '../../../server/state/revoke.ts'
import { laterBlock } from '../../properties/token-arbitraries.ts'
import { fieldsOf, type Browser, type Page } from './browser.ts'
import { signIn, startConsole, type TestAgent, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
const reading = [{ type: 'gmail', actions: ['messages.read'], subject_contains: ['order'] }]

let remit: TestConsole
let agent: TestAgent
let hers: Browser
let token: string
let grantId: string

beforeAll(async () => {
  remit = await startConsole()
  agent = await remit.addAgent()
  await remit.addBuyer(mara)
  hers = await signIn(remit, mara)
  token = await obtain()
  const grant = await remit.database.db.selectFrom('grants').select('id').executeTakeFirstOrThrow()
  grantId = grant.id
})
afterAll(() => remit.close())

async function obtain(): Promise<string> {
  const page = await hers.follow(await hers.get(await agent.push(reading)))
  const url = `${new URL(page.url).pathname}/confirm`
  // beside the one that is there already
  const { end_earlier: _, ...fields } = fieldsOf(page, /\/confirm$/u)
  const answer = await hers.follow(await hers.post(url, fields))
  const code = new URL(answer.location ?? '').searchParams.get('code')
  const { body } = await agent.redeem(String(code))
  return String(body['access_token'])
}

async function paste(text: string): Promise<Page> {
  const page = await hers.get('/developers/token')
  return hers.post('/developers/token', { ...fieldsOf(page, '/developers/token'), token: text })
}

describe('a token of this server’s', () => {
  test('is read in sentences, as caveats, with its names and its standing', async () => {
    const page = await paste(` Bearer ${token}\n`)
    expect(page.status).toBe(200)
    expect(page.text).toContain('Read e-mail with &quot;order&quot; in the subject')
    expect(page.text).toContain('this server issued it')
    expect(page.text).toContain('It is neither revoked nor paused.')
    expect(page.text).toContain(grantId)
    expect(page.text).toContain(agent.clientId)
    const parsed = parseToken(token)
    expect(page.text).toContain(parsed.ok ? parsed.token.revocationIds[0] : 'none')
    expect(page.text).toContain('check if ')
    expect(page.text).toMatch(/<dt>Until<\/dt>\s*<dd><time/u)
  })

  test('is on no page, in no address and in no event', async () => {
    const page = await paste(token)
    expect(page.text).not.toContain(token.slice(0, 40))
    expect(page.url).not.toContain(token.slice(0, 20))
    expect(JSON.stringify(remit.events)).not.toContain(token.slice(0, 40))
    const again = await hers.get(`/developers/token?token=${token}`)
    expect(again.text).not.toContain('What it says')
    expect(again.headers.get('cache-control')).toContain('no-store')
  })

  test('narrowed by its holder shows each step, marked as the holder’s words', async () => {
    const page = await paste(
      attenuate(token, [
        { type: 'gmail', actions: ['messages.read'], labels: ['<script>alert(1)</script>'] },
      ]),
    )
    expect(page.text).toContain('this server issued it')
    expect(page.text).toContain('Narrowed, step 1')
    expect(page.text).not.toContain('<script')
    expect(page.text).toMatch(/<span class="agent-text">Read e-mail[^<]*&lt;script&gt;/u)
  })

  test('that is paused, revoked alone, or whose grant is revoked is said to be', async () => {
    await pauseGrant(remit.database.db, grantId, 'buyer')
    expect((await paste(token)).text).toContain('Its grant is paused')
    await resumeGrant(remit.database.db, grantId)
    expect((await paste(token)).text).toContain('neither revoked nor paused')

    const child = attenuate(token, [], { expiresAt: Math.floor(Date.now() / 1000) + 60 })
    const parsed = parseToken(child)
    const last = parsed.ok ? (parsed.token.revocationIds.at(-1) ?? '') : ''
    await revokeToken(remit.database.db, last, 'a test')
    expect((await paste(child)).text).toContain('It is revoked')
    expect((await paste(token)).text).toContain('neither revoked nor paused')

    const other = await obtain()
    const { id } = await remit.database.db
      .selectFrom('grants')
      .select('id')
      .where('revoked_at', 'is', null)
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    await revokeGrant(remit.database.db, id, 'a test')
    expect((await paste(other)).text).toContain('It is revoked')
  })

  test('that has ended is said to have', async () => {
    const child = attenuate(token, [], { expiresAt: 1_000_000_000 })
    expect((await paste(child)).text).toContain('It has ended')
  })
})

describe('a token of somebody else’s', () => {
  const foreign = (): string => {
    const root = generateRootKey()
    const grant = { name: 'grant', terms: [{ type: 'string', value: grantId }] } as const
    return mintToken({ facts: [grant], checks: [] }, { id: 1, ...root }).token
  }

  test('is shown as words that anybody can have written, and tells nothing of a grant of ours', async () => {
    const page = await paste(foreign())
    expect(page.status).toBe(200)
    expect(page.text).toContain('Not accepted here:')
    expect(page.text).not.toContain('this server issued it')
    expect(page.text).not.toMatch(/It is revoked|paused|has ended/u)
  })

  test.each([
    '',
    'x',
    '<script>alert(1)</script>',
    'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln',
    'A'.repeat(8_193),
    'A'.repeat(8_000),
    `-${'_'.repeat(4_000)}`,
    '\u202eabc',
  ])('that is none is answered in a sentence: %#', async (text) => {
    const page = await paste(text)
    expect(page.status).toBe(422)
    expect(page.text).toContain('id="token-problem"')
    expect(page.text).not.toContain('<script')
    expect(remit.events.filter(({ event }) => event === 'console_error')).toEqual([])
  })
})

describe('whatever is pasted', () => {
  const read = (text: string): Promise<Inspection> =>
    inspectPasted(text, {
      db: remit.database.db,
      rootKeys: { find: () => undefined },
      now: Date.now(),
    })

  test('there is an answer, and soon: bytes of a token changed, cut and doubled', async () => {
    const bytes = Buffer.from(token, 'base64url')
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: bytes.length - 1 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat({ max: 60 }),
        async (at, insert, remove) => {
          const edited = Buffer.concat([
            bytes.subarray(0, at),
            insert,
            bytes.subarray(Math.min(bytes.length, at + remove)),
          ])
          const started = performance.now()
          const result = await read(edited.toString('base64url'))
          expect(performance.now() - started).toBeLessThan(500)
          if (!result.ok) expect(result.reason).not.toContain(token.slice(0, 40))
        },
      ),
      { numRuns: 150 },
    )
  })

  test('blocks that no vocabulary knows', async () => {
    let seen = 0
    await fc.assert(
      fc.asyncProperty(laterBlock, async (block) => {
        const text = tryAppend(block)
        if (text === undefined) return
        seen += 1
        const result = await read(text)
        expect(result.ok || result.reason.length > 0).toBe(true)
      }),
      { numRuns: 100 },
    )
    expect(seen).toBeGreaterThan(20)
  })

  function tryAppend(block: Parameters<typeof appendBlock>[1]): string | undefined {
    try {
      return appendBlock(token, block).token
    } catch {
      // what does not fit, or no front would admit
      return undefined
    }
  }
})
