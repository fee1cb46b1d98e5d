import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// A gate that nobody has seen fail may be checking nothing: each of these trees breaks one rule, and the linter must say so.
const ROOT = join(import.meta.dirname, '..')
const OXLINT = join(ROOT, 'node_modules', '.bin', 'oxlint')
const keeps = [
  ['capabilities/b.ts', `import { a } from './a.ts'\nexport const b: number = a\n`],
  ['adapters/b.ts', `import { a } from '../capabilities/index.ts'\nexport const b: number = a\n`],
  [
    'adapters/gmail/b.ts',
    `import { a } from '../../capabilities/index.ts'\nexport const b: number = a\n`,
  ],
  ['server/b.ts', `import { a } from '../adapters/a.ts'\nexport const b: number = a\n`],
  ['sdk/b.ts', `import { a } from '../capabilities/a.ts'\nexport const b: number = a\n`],
] as const
const breaks = [
  ['capabilities/b.ts', `import { a } from '../adapters/a.ts'\nexport const b: number = a\n`],
  ['capabilities/b.ts', `import { a } from '../server/a.ts'\nexport const b: number = a\n`],
  ['capabilities/b.ts', `import { a } from 'node:fs'\nexport const b: unknown = a\n`],
  ['capabilities/b.ts', `export const b: unknown = process.env\n`],
  ['capabilities/b.ts', `export const b: unknown = fetch('http://127.0.0.1')\n`],
  ['capabilities/b.ts', `import { a } from '../sdk/a.ts'\nexport const b: number = a\n`],
  ['sdk/b.ts', `import { a } from '../server/a.ts'\nexport const b: number = a\n`],
  ['sdk/b.ts', `import { a } from '../capabilities/index.ts'\nexport const b: number = a\n`],
  ['sdk/b.ts', `import { a } from 'oidc-provider'\nexport const b: unknown = a\n`],
  ['sdk/b.ts', `export const b: unknown = process.env\n`],
  ['adapters/b.ts', `import { a } from '../sdk/a.ts'\nexport const b: number = a\n`],
  ['server/b.ts', `import { a } from '../sdk/a.ts'\nexport const b: number = a\n`],
  ['adapters/b.ts', `import { a } from '../server/a.ts'\nexport const b: number = a\n`],
  ['adapters/b.ts', `import { a } from '../capabilities/token/a.ts'\nexport const b: number = a\n`],
  ['adapters/b.ts', `import { a } from 'kysely'\nexport const b: unknown = a\n`],
  ['server/b.ts', `import { a } from '../test/a.ts'\nexport const b: number = a\n`],
  ['server/b.ts', `import { a } from '../examples/a.ts'\nexport const b: number = a\n`],
  ['server/b.ts', `export const b: unknown = process.env['X']\n`],
  ['migrations/b.ts', `import { a } from '../server/a.ts'\nexport const b: number = a\n`],
] as const

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remit-lint-'))
  await copyFile(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('the linter', () => {
  it.each(keeps)('passes %s: %s', async (path, source) => {
    expect(await lint(path, source)).toBe(0)
  })

  it.each(breaks)('refuses %s: %s', async (path, source) => {
    expect(await lint(path, source)).not.toBe(0)
  })
})

/** the exit code of the linter over a tree of two files */
async function lint(path: string, source: string): Promise<number> {
  const tree = await mkdtemp(join(folder, 'tree-'))
  await copyFile(join(ROOT, '.oxlintrc.json'), join(tree, '.oxlintrc.json'))
  await mkdir(join(tree, dirname(path)), { recursive: true })
  await writeFile(join(tree, dirname(path), 'a.ts'), 'export const a: number = 1\n')
  await writeFile(join(tree, path), source)
  return new Promise((resolve) => {
    execFile(OXLINT, ['--deny-warnings', '.'], { cwd: tree }, (error) => {
      resolve(error === null ? 0 : 1)
    })
  })
}
