import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  compileGrant,
  describe as sentencesOf,
  HUBSPOT_OBJECTS,
  parseCapabilities,
  printCheck,
  printFact,
  RESERVED_FACTS,
  type Capability,
} from '../../capabilities/index.ts'
import {
  PROVIDERS,
  type ActionName,
  type ProviderType,
} from '../../capabilities/vocabulary/capability.ts'
import {
  conditionsFor,
  CONSTRAINTS,
  definitionOf,
  vocabularyOf,
} from '../../capabilities/vocabulary/vocabularies.ts'
import { verbOf } from '../../capabilities/vocabulary/hubspot.ts'
import { gmailProvider } from '../../adapters/gmail/provider.ts'
import { GMAIL_OPERATIONS } from '../../adapters/gmail/operations/index.ts'
import { STRIPE_OPERATIONS } from '../../adapters/stripe/operations/index.ts'

// Documents that nobody holds against the code are wrong within a month.
const ROOT = join(import.meta.dirname, '..', '..')
const caveats = readFileSync(join(ROOT, 'docs/caveats.md'), 'utf8')
const tokens = readFileSync(join(ROOT, 'docs/tokens.md'), 'utf8')
const front = readFileSync(join(ROOT, 'docs/fronts/gmail.md'), 'utf8')

describe('docs/caveats.md', () => {
  const schemas = PROVIDERS.map((type) =>
    z.toJSONSchema(vocabularyOf(type).entrySchema, { io: 'input', unrepresentable: 'any' }),
  )
  it.each([...new Set(schemas.flatMap((one) => fieldsOf(one)))])('explains %s', (field) => {
    expect(isExplained(field, caveats)).toBe(true)
  })

  it.each([...new Set(CONSTRAINTS.map(({ name }) => name))])(
    'shows %s as the code prints it',
    (name) => {
      const { entry, sentence, caveat } = exampleOf(name)
      const [capability] = parseCapabilities([entry])
      expect(sentence).toBe(capability && sentencesOf(capability)[0]?.sentence)
      expect(caveat).toBe(capability && caveatOf(name, capability))
    },
  )

  it.each([...new Set(CONSTRAINTS.map(({ name }) => name))])('says who carries %s', (name) => {
    const words = isOnEvery(name)
      ? 'every action'
      : PROVIDERS.flatMap((type) => carriersOf(name, type)).join(', ')
    expect(sectionOf(name)).toContain(`\nCarried by ${words}. Unsaid: `)
  })
})

describe('docs/tokens.md', () => {
  it('prints the token that its example compiles to', () => {
    const [, details = ''] = /```json\n([\s\S]*?)\n```/.exec(tokens) ?? []
    const { facts, checks } = compileGrant({
      grantId: 'g_1',
      clientId: 'support-agent',
      audience: 'https://gmail.remit.example',
      expiresAt: Date.parse('2026-12-01T00:00:00Z') / 1000,
      capabilities: parseCapabilities(JSON.parse(details)),
    })
    const printed = [...facts.map(printFact), ...checks.map(printCheck)]
    expect(tokens.replace(/\s+/g, ' ')).toContain(`${printed.join('; ')};`)
  })

  it.each(RESERVED_FACTS)('names the fact %s', (name) => {
    expect(new RegExp(`\`${name}[(\`]`).test(tokens)).toBe(true)
  })
})

describe('docs/fronts/gmail.md', () => {
  const codes = wordsOfUnion('adapters/refusal.ts', /export type RefusalCode =([\s\S]*?)\n\n/)

  it('finds the closed unions', () => {
    expect(codes).toContain('upstream_refused')
    expect(recordedReasons()).toEqual(
      expect.arrayContaining([
        'bad_path',
        'unknown_scheme',
        'proof_url',
        'other_user',
        'revoked',
        'broken',
        'profile',
        'no_right',
      ]),
    )
    expect(shapesOf(codes)).toContain('caveatDenied')
  })

  it.each(codes)('has a row for the refusal %s in both tables', (code) => {
    expect(front.match(new RegExp(`^\\| \`${code}\` `, 'gm'))).toHaveLength(2)
  })

  it.each(shapesOf(codes))('names %s as the agent sees it', (word) => {
    expect(front.includes(`\`${word}\``)).toBe(true)
  })

  it.each(recordedReasons())('names the recorded reason %s', (reason) => {
    expect(front.includes(`\`${reason}\``)).toBe(true)
  })

  it.each(GMAIL_OPERATIONS.flatMap(({ routes }) => routes))(
    'has a row for $method $template',
    ({ method, template }) => {
      expect(front.includes(`| \`${method} ${template}\``)).toBe(true)
    },
  )
})

function carrying(name: string, type: ProviderType): ActionName[] {
  return vocabularyOf(type).names.filter((action) =>
    definitionOf(type, action).constraints.some((one) => one.name === name),
  )
}

function isOnEvery(name: string): boolean {
  return PROVIDERS.every((type) => carrying(name, type).length === vocabularyOf(type).names.length)
}

/** as the page says it: by name, or by kind where a kind has many */
function carriersOf(name: string, type: ProviderType): string[] {
  const named = carrying(name, type)
  if (type === 'gmail') return named.map((action) => `\`${action}\``)
  if (type === 'hubspot') return wordsOfActions(named)
  const kinds = [
    {
      is: (action: ActionName) => action.endsWith('.read'),
      words: `every \`${type}\` action that reads`,
    },
    {
      is: (action: ActionName) => !action.endsWith('.read'),
      words: `every \`${type}\` action that changes something`,
    },
  ]
  return kinds.flatMap(({ is, words }) => {
    const all = vocabularyOf(type).names.filter(is)
    const some = named.filter(is)
    return some.length === all.length ? [words] : some.map((action) => `\`${action}\``)
  })
}

interface Schema {
  readonly properties?: Readonly<Record<string, unknown>> | undefined
}

/** `recipients`, `recipients.max` … */
function fieldsOf(schema: Schema, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => [
    prefix + name,
    ...fieldsOf(inner as Schema, `${prefix}${name}.`),
  ])
}

/** a heading or a row of its own; the two lists of a party filter stand in its text */
function isExplained(field: string, text: string): boolean {
  const own = field.replace('.', '\\.')
  const party = /^(?:from|to|cc)\./.test(field) ? '|`' : ''
  return new RegExp(`(?:^### \`|^\\| \`${party})${own}\``, 'm').test(text)
}

interface Example {
  readonly entry: unknown
  readonly sentence: string | undefined
  readonly caveat: string | undefined
}

describe('docs/fronts/stripe.md', () => {
  const page = readFileSync(join(ROOT, 'docs/fronts/stripe.md'), 'utf8')

  it.each(STRIPE_OPERATIONS.flatMap(({ routes }) => routes))(
    'has a row for $method $template',
    ({ method, template }) => {
      expect(page.includes(`| \`${method} ${template}\``)).toBe(true)
    },
  )

  it.each(recordedReasons('stripe').filter((reason) => !recordedReasons().includes(reason)))(
    'names the recorded reason %s',
    (reason) => {
      expect(page.includes(`\`${reason}\``)).toBe(true)
    },
  )

  it.each(codesIn('adapters/stripe/errors.ts'))('has a row for the code %s', (code) => {
    expect(page.includes(`\`${code}\``)).toBe(true)
  })
})

/** `<object>.read` where every kind of HubSpot's records has it */
function wordsOfActions(actions: readonly string[]): string[] {
  const words = actions.map((action) => {
    const verb = verbOf(action)
    const all = HUBSPOT_OBJECTS.every((object) => actions.includes(`${object}.${verb}`))
    return verb !== undefined && all ? `<object>.${verb}` : action
  })
  return [...new Set(words)].map((word) => `\`${word}\``)
}

describe('docs/fronts/hubspot.md', () => {
  const page = readFileSync(join(ROOT, 'docs/fronts/hubspot.md'), 'utf8')

  it.each(recordedReasons('hubspot').filter((reason) => !recordedReasons().includes(reason)))(
    'names the recorded reason %s',
    (reason) => {
      expect(page.includes(`\`${reason}\``)).toBe(true)
    },
  )

  it.each(categoriesIn('adapters/hubspot/errors.ts'))('has a row for the category %s', (word) => {
    expect(page.includes(`\`${word}\``)).toBe(true)
  })
})

function categoriesIn(path: string): string[] {
  const source = readFileSync(join(ROOT, path), 'utf8')
  return [...new Set([...source.matchAll(/category: '([A-Z_]+)'/g)].map(([, word = '']) => word))]
}

function codesIn(path: string): string[] {
  const source = readFileSync(join(ROOT, path), 'utf8')
  return [...new Set([...source.matchAll(/code: '([a-z_]+)'/g)].map(([, code = '']) => code))]
}

/** down to the next heading */
function sectionOf(name: string): string {
  const [, section = ''] = caveats.split(`\n### \`${name}\`\n`)
  return section.split(/\n##/)[0] ?? ''
}

function exampleOf(name: string): Example {
  const example = /```json\n([\s\S]*?)\n```\n\n> (.*)\n\n```\n([\s\S]*?)\n```/.exec(sectionOf(name))
  return { entry: JSON.parse(example?.[1] ?? 'null'), sentence: example?.[2], caveat: example?.[3] }
}

function caveatOf(name: string, capability: Capability): string | undefined {
  const { type } = capability
  const [action = 'messages.read'] = capability.actions
  const conditions = conditionsFor(type, action, capability)
  const said = definitionOf(type, action).constraints.find(
    (one) => one.name === name && one.isSaid(conditions),
  )
  const query = said?.caveat(conditions)
  return query && printCheck({ queries: [query] })
}

function wordsOfUnion(path: string, declaration: RegExp): string[] {
  const [, union = ''] = declaration.exec(readFileSync(join(ROOT, path), 'utf8')) ?? []
  return [...union.matchAll(/'(\w+)'/g)].map(([, word = '']) => word)
}

/** the statuses and reasons that the codes are answered with */
function shapesOf(codes: readonly string[]): string[] {
  const words = codes.flatMap((code) =>
    [400, 403, 413].flatMap((upstreamStatus) => {
      const refusal = { code, message: 'x', reason: 'x', upstreamStatus }
      const { body } = gmailProvider.toError(
        refusal as Parameters<typeof gmailProvider.toError>[0],
        'd',
      )
      const { error } = JSON.parse(body) as {
        error: { status: string; errors: { reason: string }[] }
      }
      return [error.status, ...error.errors.map(({ reason }) => reason)]
    }),
  )
  return [...new Set(words)]
}

/** every reason that the fronts write, by the ways in which they write one, and the unions that flow into it */
function recordedReasons(of: ProviderType = 'gmail'): string[] {
  const sources = globSync('adapters/**/*.ts', { cwd: ROOT }).filter(
    (path) =>
      path !== join('adapters', 'gmail', 'errors.ts') &&
      // what no front has to itself is told on the first one's page
      (PROVIDERS.find((one) => path.startsWith(join('adapters', one))) ?? 'gmail') === of,
  )
  const written = sources.flatMap((path) => {
    const source = readFileSync(join(ROOT, path), 'utf8')
    const calls = source.matchAll(
      /(?:reason:|refuse\(\s*'(?:denied|token_\w+)',|(?:badRequest|missing|refuse|refuseMedia|invalid|invalidToken|notConnected)\()\s*'([a-z_]+)'(?=[,)\s}])/g,
    )
    const either = source.matchAll(/reason: \w+ \? '(\w+)' : '(\w+)'/g)
    return [...calls, ...either].flatMap(([, ...words]) => words)
  })
  return [
    ...new Set([
      ...written,
      ...wordsOfUnion('capabilities/token/refusal.ts', /readonly reason:([\s\S]*?)readonly detail/),
      ...wordsOfUnion('adapters/ports.ts', /class ConnectionError[\s\S]*?code:(.*)\n/),
      ...['no_right', 'caveat', 'execution'].filter((reason) =>
        readFileSync(join(ROOT, 'capabilities/decision.ts'), 'utf8').includes(`'${reason}'`),
      ),
      ...wordsOfUnion('adapters/decide.ts', /TOKEN_CONSTRAINTS =(.*)\n/),
    ]),
  ]
}
