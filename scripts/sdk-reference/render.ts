import { format, resolveConfig } from 'prettier'
import { NAMES } from './names.ts'
import type { Comment, Exported, Member, Sdk } from './read.ts'
import { SECTIONS, type Section } from './sections.ts'

const INTRO = `# SDK reference

<!-- generated from the doc comments of sdk/ by \`npm run docs:sdk\`: change those, not this -->

\`remit-sdk\` is for agents. How to get it and a first run are in [its README](../sdk/README.md); this page has every name it exports. Times are seconds since 1970 where nothing else is said. All functions are synchronous and offline unless they return a promise.`

/** the page, as it is committed */
export async function renderReference(sdk: Sdk, path: string): Promise<string> {
  assertPlaced(sdk)
  const link = createLinker(sdk.exports)
  const text = [
    INTRO,
    entryPointTable(sdk),
    ...SECTIONS.map(
      (section) => `- [${section.title}](#${slug(section.title)}): ${linksOf(sdk, section)}`,
    ),
    '',
    examplesNote(),
    ...SECTIONS.map((section) => renderSection(sdk, section, link)),
  ].join('\n')
  return format(text, { ...(await resolveConfig(path)), parser: 'markdown' })
}

/** a name that is in no section would be missing from the page */
function assertPlaced({ exports }: Sdk): void {
  const placed = SECTIONS.flatMap(({ names }) => names)
  const stray = exports.map(({ name }) => name).filter((name) => !placed.includes(name))
  if (stray.length > 0) throw new Error(`in no section of the reference: ${stray.join(', ')}`)
}

function entryPointTable({ entryPoints }: Sdk): string {
  const rows = entryPoints.map(({ name, text }) => `| \`${name}\` | ${oneLine(text)} |`)
  return ['', '| import from | what |', '| - | - |', ...rows, ''].join('\n')
}

function linksOf({ exports }: Sdk, { names }: Section): string {
  return names
    .map((name) => findExport(exports, name))
    .filter(({ kind }) => kind === 'function' || kind === 'class')
    .map((one) => `[\`${one.name}\`](#${slug(headingOf(one))})`)
    .join(', ')
    .replace(/^$/, 'types alone')
}

function examplesNote(): string {
  const rows = NAMES.map(({ name, what }) => `| \`${name}\` | ${what} |`)
  return [
    'The examples are compiled by the tests. They leave out the imports from this package, and take as given:',
    '',
    '| name | what |',
    '| - | - |',
    ...rows,
    '',
  ].join('\n')
}

type Linker = (text: string, self: string) => string

/** a name in backticks, or the class that a `Throws` starts with, leads to its heading */
function createLinker(exports: readonly Exported[]): Linker {
  const targets = new Map(exports.map((one) => [one.name, slug(headingOf(one))]))
  return (text, self) =>
    text.replace(/`(\w+)`|\b(RemitError|CapabilityError)\b/g, (whole, quoted, bare) => {
      const name = String(quoted ?? bare)
      const target = name === self ? undefined : targets.get(name)
      return target === undefined ? whole : `[\`${name}\`](#${target})`
    })
}

function renderSection(sdk: Sdk, { title, text, names }: Section, link: Linker): string {
  const parts = names.map((name) => renderExport(findExport(sdk.exports, name), link))
  return [`## ${title}`, '', link(text, ''), '', ...parts].join('\n')
}

function renderExport(one: Exported, link: Linker): string {
  const { name, kind, signature, comment, members } = one
  const body =
    kind === 'class'
      ? members.map((member) => renderMember(name, member, link)).join('\n')
      : signature === ''
        ? codeTable(members, link)
        : ''
  return [
    `### ${headingOf(one)}`,
    '',
    ...(signature === '' || signature === `class ${name}` ? [] : [fence(signature)]),
    fromLine(one),
    renderComment(comment, name, link),
    body,
  ].join('\n')
}

/** said only where it is not plain `remit-sdk` */
function fromLine({ kind, entryPoints: [first = '', ...also] }: Exported): string {
  const isPlain = also.length === 0 && !first.includes('/')
  if (kind !== 'function' || isPlain) return ''
  if (also.length > 0) return `From \`${first}\`; in browsers from \`${also.join('`, `')}\`.\n`
  return `From \`${first}\`.\n`
}

function renderMember(owner: string, { name, signature, comment }: Member, link: Linker): string {
  return [
    `#### \`${owner}.${name}\``,
    '',
    fence(signature),
    renderComment(comment, name, link),
  ].join('\n')
}

function renderComment({ text, throws, examples }: Comment, self: string, link: Linker): string {
  return [
    asSentence(link(joinLines(text), self)),
    '',
    ...throws.map((one) => `Throws ${link(one, self)}.\n`),
    ...examples.map(fence),
  ].join('\n')
}

function codeTable(codes: readonly Member[], link: Linker): string {
  const rows = codes.map(
    ({ name, comment }) => `| \`${name}\` | ${link(oneLine(comment.text), name)} |`,
  )
  return ['| code | when |', '| - | - |', ...rows, ''].join('\n')
}

function headingOf({ name, kind }: Exported): string {
  return kind === 'function' ? `\`${name}\`` : `${kind} \`${name}\``
}

function findExport(exports: readonly Exported[], name: string): Exported {
  const found = exports.find((one) => one.name === name)
  if (found === undefined) throw new Error(`the reference has a place for ${name}, which is gone`)
  return found
}

function fence(code: string): string {
  return ['```ts', code, '```', ''].join('\n')
}

/** short comments start in lower case and have no full stop; on a page they are sentences */
function asSentence(text: string): string {
  if (text === '') return ''
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.:!?…]$/.test(first) ? first : `${first}.`
}

/** comments break where the column ends, paragraphs where a line is empty */
function joinLines(text: string): string {
  return text.replace(/(?<!\n)\n(?!\n)/g, ' ')
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ')
}

/** the anchor that a heading gets */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')
}
