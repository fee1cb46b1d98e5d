import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  isClassDeclaration,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isIdentifier,
  isInterfaceDeclaration,
  isMethodDeclaration,
  isTypeAliasDeclaration,
  isTypeReferenceNode,
  isUnionTypeNode,
  type ClassDeclaration,
  type Node,
  type TypeAliasDeclaration,
  type UnionTypeNode,
} from 'typescript/unstable/ast'
import { SymbolFlags, type Project, type Symbol } from 'typescript/unstable/sync'
import { ROOT, withProject, type Overlay } from './program.ts'

/** a doc comment */
export interface Comment {
  readonly text: string
  readonly throws: readonly string[]
  readonly examples: readonly string[]
}

export interface Member {
  readonly name: string
  readonly signature: string
  readonly comment: Comment
}

/** what an entry point exports */
export interface Exported {
  readonly name: string
  readonly kind: 'function' | 'class' | 'interface' | 'type'
  /** of the package, as `remit-sdk/gmail`, the first that has it first */
  readonly entryPoints: readonly string[]
  readonly signature: string
  readonly comment: Comment
  readonly members: readonly Member[]
}

interface EntryPoint {
  readonly name: string
  readonly text: string
}

export interface Sdk {
  readonly entryPoints: readonly EntryPoint[]
  readonly exports: readonly Exported[]
}

const PACKAGE = join(ROOT, 'sdk', 'package.json')

/** the source file of each entry point that package.json declares */
export function listEntryPoints(): { readonly name: string; readonly file: string }[] {
  const { name, exports } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as {
    readonly name: string
    readonly exports: Readonly<Record<string, { readonly default?: string }>>
  }
  return Object.entries(exports).flatMap(([path, { default: built }]) =>
    built === undefined
      ? []
      : {
          name: join(name, path),
          file: join(ROOT, built.replace('./dist/', '').replace(/\.js$/, '.ts')),
        },
  )
}

/** everything that the package exports, with what its comments say */
export function readSdk(overlay: Overlay = {}): Sdk {
  return withProject(join(ROOT, 'sdk', 'tsconfig.json'), overlay, (project) => {
    const found = new Map<string, Exported>()
    const entryPoints = listEntryPoints()
    for (const { name, file } of entryPoints) {
      for (const symbol of exportsOf(project, file)) {
        const known = found.get(symbol.name)
        found.set(symbol.name, {
          ...(known ?? readExport(project, symbol)),
          entryPoints: [...(known?.entryPoints ?? []), name],
        })
      }
    }
    return {
      entryPoints: entryPoints.map(({ name, file }) => ({ name, text: moduleText(project, file) })),
      exports: [...found.values()],
    }
  })
}

/** what has no comment: an exported name, a member of one, a literal of a union of codes */
export function findUndocumented({ exports }: Sdk): string[] {
  return exports.flatMap(({ name, comment, members }) => [
    ...(comment.text === '' ? [name] : []),
    ...members.filter((one) => one.comment.text === '').map((one) => `${name}.${one.name}`),
  ])
}

function exportsOf(project: Project, file: string): readonly Symbol[] {
  const source = project.program.getSourceFile(file)
  const module = source && project.checker.getSymbolAtLocation(source)
  if (module === undefined) throw new Error(`${file} is no module of the package`)
  return project.checker.getExportsOfModule(module)
}

function moduleText(project: Project, file: string): string {
  const text = project.program.getSourceFile(file)?.getFullText() ?? ''
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(text) ?? []
  return plain(comment)
    .replace(/@module.*/, '')
    .trim()
}

function readExport(project: Project, symbol: Symbol): Omit<Exported, 'entryPoints'> {
  const { checker } = project
  const isAlias = (symbol.flags & SymbolFlags.Alias) !== 0
  const original = isAlias ? checker.getAliasedSymbol(symbol) : symbol
  const node = original.declarations[0]?.resolve(project)
  const { name } = symbol
  const comment = commentOf(project, original)
  if (node === undefined) throw new Error(`${name} is declared nowhere`)
  if (isFunctionDeclaration(node)) {
    return { name, kind: 'function', signature: headOf(node, node.body), comment, members: [] }
  }
  if (isInterfaceDeclaration(node)) {
    const members = membersOf(project, node.members)
    return { name, kind: 'interface', signature: declarationOf(node), comment, members }
  }
  if (isClassDeclaration(node)) {
    const members = membersOf(project, node.members)
    return { name, kind: 'class', signature: classHead(node), comment, members }
  }
  if (isTypeAliasDeclaration(node))
    return { name, kind: 'type', comment, ...readAlias(project, node) }
  throw new Error(`${name}: the reference has no form for what it is`)
}

/** the public ones: neither `#private` nor `@internal` */
function membersOf(project: Project, nodes: readonly Node[]): Member[] {
  return nodes.flatMap((node) => {
    const named = node as Node & { readonly name?: Node; readonly body?: Node }
    const symbol = named.name && project.checker.getSymbolAtLocation(named.name)
    const name = isConstructorDeclaration(node) ? 'constructor' : (named.name?.getText() ?? '')
    if (name.startsWith('#') || /@internal|^\s*(?:private|static) /.test(node.getFullText()))
      return []
    const comment = symbol ? commentOf(project, symbol) : NOTHING
    const signature = isMethodDeclaration(node)
      ? headOf(node, node.body)
      : node.getText().replace(/^readonly /, '')
    return { name, signature, comment }
  })
}

const NOTHING: Comment = { text: '', throws: [], examples: [] }

function commentOf(project: Project, symbol: Symbol): Comment {
  const tags = symbol.getJsDocTags(project.checker)
  const textsOf = (name: string): string[] =>
    tags.filter((tag) => tag.name === name).map(({ text = '' }) => text.trim())
  return {
    text: symbol.getDocumentationComment(project.checker).trim(),
    throws: textsOf('throws').map((text) => text.replace(/\s*\n\s*/g, ' ')),
    examples: textsOf('example'),
  }
}

/** a declaration without its body; a default value is the implementation's business */
function headOf(node: Node, body: Node | undefined): string {
  const text = node.getText()
  const head = body === undefined ? text : text.slice(0, body.getStart() - node.getStart())
  return head
    .replace(/^(?:export |async |override )+/, '')
    .replace(/(\w+)(: [^,=()]+?) = (?:\{\}|[^,)]+)/g, '$1?$2')
    .trim()
}

function declarationOf(node: Node): string {
  return node.getText().replace(/^export /, '')
}

function classHead(node: ClassDeclaration): string {
  const [head = ''] = declarationOf(node).split('{')
  return head.trim()
}

/** an alias of something that is not exported is shown as that thing; a computed union as what it comes to */
function readAlias(
  project: Project,
  node: TypeAliasDeclaration,
): Pick<Exported, 'signature' | 'members'> {
  const { type } = node
  const name = node.name.getText()
  if (isUnionTypeNode(type)) {
    const members = isCodes(name) ? codesOf(type) : []
    return { signature: members.length > 0 ? '' : declarationOf(node), members }
  }
  if (isTypeReferenceNode(type) && isIdentifier(type.typeName)) {
    const target = project.checker.getSymbolAtLocation(type.typeName)
    const declared = target?.declarations[0]?.resolve(project)
    if (declared && isInterfaceDeclaration(declared)) {
      const signature = declarationOf(declared).replace(/^interface \w+/, `interface ${name}`)
      return { signature, members: membersOf(project, declared.members) }
    }
  }
  return { signature: `type ${name} = ${listedWords(node) ?? type.getText()}`, members: [] }
}

/** `(typeof WORDS)[number]` as the words in the order of their list */
function listedWords(node: TypeAliasDeclaration): string | undefined {
  const [, list] = /^\(typeof (\w+)\)\[number\]$/.exec(node.type.getText()) ?? []
  if (list === undefined) return undefined
  const declaration = new RegExp(`const ${list} = \\[([^\\]]*)\\] as const`)
  const [, words = ''] = declaration.exec(node.getSourceFile().getFullText()) ?? []
  return words.match(/'[^']+'/g)?.join(' | ')
}

function isCodes(name: string): boolean {
  return name.endsWith('Code')
}

/** each `'no_tokens'`, and the comment before its bar, which the compiler attaches to nothing */
function codesOf(union: UnionTypeNode): Member[] {
  const text = union.getFullText()
  return [...text.matchAll(/(?:\/\*\*([^/]*?)\*\/\s*)?\| '(\w+)'/g)].map(
    ([, comment = '', name = '']) => ({
      name,
      signature: name,
      comment: { ...NOTHING, text: plain(comment) },
    }),
  )
}

function plain(comment: string): string {
  return comment.replace(/^\s*\* ?/gm, '').trim()
}
