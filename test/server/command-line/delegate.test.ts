import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findEd25519, inspect, toThumbprint } from '../../../capabilities/index.ts'
import { tokenCommand } from '../../../server/command-line/token.ts'
import { boundTokenFor } from '../../capabilities/token-for.ts'

const parent = generateKeyPairSync('ed25519')
const child = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const token = boundTokenFor(
  {
    keyThumbprint: toThumbprint(parent.publicKey),
    expiresAt: Math.floor(Date.now() / 1000) + 3600,
    delegationKey: findEd25519(parent.publicKey.export({ format: 'jwk' })),
  },
  { actions: ['messages.read'], from: { domains: ['acme.com'] } },
)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remit-delegate-'))
  const files = {
    'child.jwk': JSON.stringify(child.publicKey.export({ format: 'jwk' })),
    'child.pem': child.publicKey.export({ format: 'pem', type: 'spki' }),
    'parent.jwk': JSON.stringify(parent.privateKey.export({ format: 'jwk' })),
    'parent.pem': parent.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    'narrow.json': JSON.stringify([{ type: 'gmail', actions: ['messages.read'], threads: ['T1'] }]),
    'rubbish.pem': 'secret rubbish',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
})
afterAll(async () => rm(folder, { recursive: true }))

async function run(args: readonly string[], input = ''): Promise<string[]> {
  const printed: string[] = []
  const files = args.map((arg) => (/\.(jwk|pem|json)$/.test(arg) ? join(folder, arg) : arg))
  await tokenCommand.run(files, {
    env: {},
    print: (line) => printed.push(line),
    note: () => undefined,
    readInput: async () => Promise.resolve(input),
    stop: new AbortController().signal,
  })
  return printed
}

describe('token delegate', () => {
  it.each([
    ['JWK', 'child.jwk', 'parent.jwk'],
    ['PEM', 'child.pem', 'parent.pem'],
  ])('prints the delegated token and nothing else, from keys as %s', async (_, to, by) => {
    const printed = await run(['delegate', '-', '--to', to, '--sign-with', by], `${token}\n`)
    expect(printed).toHaveLength(1)
    expect(inspect(printed[0] ?? '').lineage[1]?.delegatedTo).toBe(toThumbprint(child.publicKey))
  })

  it('narrows in the same call, and says what came of it as JSON', async () => {
    const keys = ['--to', 'child.jwk', '--sign-with', 'parent.pem']
    const narrowing = ['--file', 'narrow.json', '--ttl', '5m']
    const [line = ''] = await run(['delegate', token, ...keys, ...narrowing, '--json'])
    const summary = JSON.parse(line) as { token: string; revocation_id: string }
    const { lineage } = inspect(summary.token)
    expect(lineage).toHaveLength(3)
    expect(lineage[1]?.checks.join()).toContain('"T1"')
    expect(summary).toMatchObject({
      delegated_to: toThumbprint(child.publicKey),
      revocation_id: lineage[2]?.revocationId,
      expires_at: expect.any(Number) as number,
    })
  })

  it.each([
    ['without the sub-agent’s key', ['--sign-with', 'parent.jwk'], '--to is missing'],
    ['without a key to sign with', ['--to', 'child.jwk'], '--sign-with is missing'],
    [
      'with a private key for the sub-agent',
      ['--to', 'parent.jwk', '--sign-with', 'parent.jwk'],
      'public half',
    ],
    ['with another key', ['--to', 'child.jwk', '--sign-with', 'child.jwk'], 'private DPoP key'],
    ['with rubbish', ['--to', 'child.jwk', '--sign-with', 'rubbish.pem'], 'as JWK or as PEM'],
  ])('%s says what is wrong, and repeats no key', async (_, args, message) => {
    const error: unknown = await run(['delegate', token, ...args]).catch(
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).toContain(message)
    expect(String(error)).not.toMatch(/secret|PRIVATE/)
  })
})
