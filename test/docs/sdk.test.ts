import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkExamples, listExamples, type Example } from '../../scripts/sdk-reference/examples.ts'
import { ROOT } from '../../scripts/sdk-reference/program.ts'
import { findUndocumented, readSdk, type Sdk } from '../../scripts/sdk-reference/read.ts'
import { renderReference } from '../../scripts/sdk-reference/render.ts'

const PAGE = join(ROOT, 'docs', 'sdk.md')
let sdk: Sdk
beforeAll(() => {
  sdk = readSdk()
})

/** the package as it would be with other words in one of its files */
function readWith(path: string, from: string, to: string): Sdk {
  const file = join(ROOT, path)
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(from)
  return readSdk({ [file]: text.replace(from, to) })
}

describe('docs/sdk.md', () => {
  it('is what the doc comments say: npm run docs:sdk writes it', async () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(await renderReference(sdk, PAGE))
  })

  it('leads to headings that are there', () => {
    const page = readFileSync(PAGE, 'utf8')
    const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))
    const targets = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, target]) => target)
    expect(targets.length).toBeGreaterThan(20)
    expect(headings).toEqual(expect.arrayContaining(targets))
    expect(new Set(headings).size).toBe(headings.length)
  })
})

describe('every exported name', () => {
  it('has a doc comment, and so has every member', () => {
    expect(sdk.exports.length).toBeGreaterThan(40)
    expect(findUndocumented(sdk)).toEqual([])
  })

  it.each([
    ['a name', 'sdk/oauth/remit.ts', '/** one front, one client', '/* one front', ['RemitConfig']],
    [
      'a member',
      'capabilities/inspect.ts',
      '/** what the buyer revokes */',
      '',
      ['UnverifiedInspection.grantId'],
    ],
    [
      'a method',
      'sdk/oauth/remit.ts',
      '/**\n   * A token that is good',
      '/*\n   * A token',
      ['Remit.accessToken'],
    ],
    [
      'a code',
      'sdk/errors.ts',
      '/** nothing was redeemed yet */',
      '',
      ['RemitErrorCode.no_tokens'],
    ],
    [
      'a member of an alias',
      'capabilities/vocabulary/capability.ts',
      '/** the kind of front */',
      '',
      ['Capability.type', 'Narrowing.type'],
    ],
  ])('is missed when the comment of %s goes', (_what, path, from, to, missing) => {
    expect(findUndocumented(readWith(path, from, to))).toEqual(missing)
  })

  it('is in a section of the page', async () => {
    const more = readWith(
      'sdk/index.ts',
      'export { RemitError,',
      "export { actionsOf } from './held-actions.ts'\nexport { RemitError,",
    )
    await expect(renderReference(more, PAGE)).rejects.toThrow(/actionsOf/)
  })
})

describe('the examples', () => {
  it('compile', () => {
    const examples = [...listExamples(sdk), ...examplesOf('sdk/README.md')]
    expect(examples.length).toBeGreaterThan(15)
    expect(checkExamples(sdk, examples)).toEqual([])
  })

  it('are seen when they do not', () => {
    const wrong = [
      { of: 'a', code: 'attenuate(token, [{ type: 1 }])' },
      { of: 'b', code: 'const x = nothing' },
      { of: 'c', code: 'const x = ' },
      { of: 'd', code: 'inspect(token)' },
    ]
    const said = checkExamples(sdk, wrong).map((one) => one.charAt(0))
    expect([...new Set(said)]).toEqual(['a', 'b', 'c'])
  })
})

/** the TypeScript of a document */
function examplesOf(path: string): Example[] {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => ({ of: path, code }))
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')
}
