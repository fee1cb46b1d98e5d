import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspect } from '../../capabilities/index.ts'
import { launchChromium } from '../browser/chromium.ts'
import { tokenFor } from '../capabilities/token-for.ts'
import { BIN, install, packSdk, run, type Packed } from './packed.ts'

let packed: Packed
const token = tokenFor({
  actions: ['messages.read', 'messages.reply'],
  from: { domains: ['bücher.example'] },
})

beforeAll(async () => {
  packed = await packSdk()
})
afterAll(async () => {
  await packed[Symbol.asyncDispose]()
})

const AGENT = `
import { attenuate, inspect, oneThread, subsumes } from 'remit-sdk'
import * as pure from 'remit-sdk/inspect'
const token = process.argv[2]
const child = oneThread(token, 'T1')
let refused
try {
  attenuate(child, [{ type: 'gmail', actions: ['messages.read'], threads: ['T2'] }])
} catch (error) {
  refused = error.code
}
const [all] = pure.parseCapabilities([{ type: 'gmail', actions: ['messages.read'] }])
const blocks = inspect(child).lineage.length
console.log(JSON.stringify({ blocks, refused, subsumes: subsumes(all, all), pure: typeof pure.describe }))
`
const SAID = { blocks: 2, refused: 'exceeds_grant', subsumes: true, pure: 'function' }

describe('the packed SDK', () => {
  it('holds what it declares, and nothing of the server or of biscuit-wasm', async () => {
    const home = join(packed.project, 'node_modules', 'remit-sdk')
    const files = (await readdir(home, { recursive: true })).filter((name) => name.includes('.'))
    expect(files).toContain('dist/sdk/index.js')
    expect(files).toContain('dist/sdk/index.d.ts')
    expect(files).toContain('README.md')
    expect(files.filter((name) => /server|adapters|second-reader|worker/.test(name))).toEqual([])
    expect(files.filter((name) => /(?<!\.d)\.ts$/.test(name))).toEqual([])
    const sources = files.filter((name) => name.endsWith('.js'))
    const imports = await Promise.all(
      sources.map(async (name) => readFile(join(home, name), 'utf8')),
    )
    expect(imports.join('\n')).not.toMatch(/biscuit-wasm|oidc-provider|from 'koa/)
    expect(existsSync(join(packed.project, 'node_modules', '@biscuit-auth'))).toBe(false)
  })

  it('satisfies publint and arethetypeswrong', async () => {
    const lint = await run(join(BIN, 'publint'), ['--strict', packed.tarball], packed.project)
    expect(lint).toMatchObject({ code: 0 })
    const types = await run(
      join(BIN, 'attw'),
      ['--profile', 'esm-only', packed.tarball],
      packed.project,
    )
    expect(types).toMatchObject({ code: 0 })
  })

  it('works under the Node of the tests', async () => {
    expect(await runAgent(process.execPath)).toEqual(SAID)
  })

  it('works under Node 22', async ({ skip }) => {
    const old = await installNode22(packed.project)
    if (old === undefined) return skip('Node 22 cannot be installed here')
    expect(await runAgent(old)).toEqual(SAID)
  })

  it('has types that accept the vocabulary and nothing else', async () => {
    const right = `actions: ['messages.read'], from: { domains: ['acme.com'] }`
    expect(await compiles(right)).toBe('')
    expect(await compiles(`${right}, form: {}`)).toContain('form')
    expect(await compiles(`actions: ['messages.reed']`)).toContain('messages.reed')
    expect(await compiles(`${right}, attachments: 'all'`)).toContain('"all"')
    expect(await compiles(`${right}, newer_than_days: '30'`)).toContain('number')
  })

  it('reads tokens and proposals in a browser', async () => {
    const script = await bundle(`
      import { describe, inspect, parseCapabilities, subsumes } from 'remit-sdk/inspect'
      globalThis.remitReads = (token, details) => {
        const capabilities = parseCapabilities(details)
        const rows = capabilities.flatMap(describe)
        return { inspected: inspect(token), rows, covers: subsumes(capabilities[0], capabilities[0]) }
      }
    `)
    await using browser = await launchChromium()
    const page = await browser.newPage()
    await page.addScriptTag({ content: script })
    const read = await page.evaluate(
      ([text, details]) =>
        (globalThis as unknown as { remitReads: (...args: unknown[]) => Reading }).remitReads(
          text,
          details,
        ),
      [
        token,
        [{ type: 'gmail', actions: ['messages.read'], from: { domains: ['bücher.example'] } }],
      ],
    )
    expect(read.inspected).toEqual(JSON.parse(JSON.stringify(inspect(token))))
    expect(read.rows[0]?.sentence).toContain('xn--bcher-kva.example')
    expect(read.covers).toBe(true)
  })

  it('does not pretend to attenuate in a browser', async () => {
    await expect(
      bundle(`import { attenuate } from 'remit-sdk'\nattenuate('', [])`),
    ).rejects.toThrow(/node:crypto/)
  })
})

interface Reading {
  readonly inspected: unknown
  readonly rows: readonly { readonly sentence: string }[]
  readonly covers: boolean
}

async function runAgent(node: string): Promise<unknown> {
  await writeFile(join(packed.project, 'agent.js'), AGENT)
  const { code, output } = await run(node, ['agent.js', token], packed.project)
  expect({ code, output }).toMatchObject({ code: 0 })
  return JSON.parse(output)
}

/** the binary that npm's `node` package would fetch for this machine */
async function installNode22(project: string): Promise<string | undefined> {
  const name = `node-${process.platform}-${process.arch}`
  await install(project, ['--no-save', `${name}@22`]).catch(() => undefined)
  const binary = join(project, 'node_modules', name, 'bin', 'node')
  return existsSync(binary) ? binary : undefined
}

/** what tsc has to say about an entry with these fields; nothing when it compiles */
async function compiles(fields: string): Promise<string> {
  const file = join(packed.project, 'entry.ts')
  await writeFile(
    file,
    `import { attenuate } from 'remit-sdk'\nattenuate('', [{ type: 'gmail', ${fields} }])\n`,
  )
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', file]
  const { output } = await run(join(BIN, 'tsc'), options, packed.project)
  return output
}

async function bundle(source: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: packed.project },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}
