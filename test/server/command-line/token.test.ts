import { describe, expect, it } from 'vitest'
import { inspect } from '../../../capabilities/index.ts'
import { tokenCommand } from '../../../server/command-line/token.ts'
import { boundTokenFor } from '../../capabilities/token-for.ts'

const now = Math.floor(Date.now() / 1000)
const token = boundTokenFor({ expiresAt: now + 3600 }, { actions: ['messages.read'] })
const narrowing = JSON.stringify([{ type: 'gmail', actions: ['messages.read'], threads: ['T1'] }])

async function run(...args: string[]): Promise<string[]> {
  const printed: string[] = []
  await tokenCommand.run(args, {
    env: {},
    print: (line) => printed.push(line),
    note: () => undefined,
    readInput: async () => Promise.resolve(narrowing),
    stop: new AbortController().signal,
  })
  return printed
}

describe('token attenuate', () => {
  it('prints the narrowed token and nothing else', async () => {
    const [narrow = '', ...more] = await run('attenuate', token, '--file', '-')
    expect(more).toEqual([])
    expect(inspect(narrow).lineage).toHaveLength(2)
  })

  it('says as JSON what came of it, and by which name it ends alone', async () => {
    const asked = ['--file', '-', '--ttl', '10m', '--json']
    const [line = '', ...more] = await run('attenuate', token, ...asked)
    expect(more).toEqual([])
    const said = JSON.parse(line) as { token: string; expires_at: number }
    const { lineage, expiresAt } = inspect(said.token)
    expect(said).toEqual({
      token: said.token,
      revocation_id: lineage[1]?.revocationId,
      expires_at: expiresAt,
    })
    expect(Math.abs(said.expires_at - now - 600)).toBeLessThanOrEqual(60)
  })
})
