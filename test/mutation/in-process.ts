import { build } from 'esbuild'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EXCLUDED, INCLUDED, PROPERTY_RUNS } from './tests.ts'
import type { RegisteredTest, Registry } from './vitest-in-process.ts'

/**
 * A test runner of the mutation tests, faster than vitest: all test files are one bundle in one process, and a mutant
 * costs the tests that it takes to kill it. What a mutant leaves behind is looked for: the test that killed it has to pass once
 * the mutant is gone, or everything is loaded anew. A mutant of what runs while files are loaded is loaded anew as well, and so
 * is one that survived: a cache that is warm hides some.
 */
interface Instrumented {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: { readonly perTest: Hits }
}
/** how often a test met a mutant */
type Hits = Readonly<Record<string, Readonly<Record<string, number>>>>

interface MutantRun {
  readonly activeMutant: { readonly id: string }
  readonly mutantActivation: 'runtime' | 'static'
}
type Outcome =
  | { readonly status: 'survived'; readonly nrOfTests: number }
  | { readonly status: 'timeout'; readonly reason: string }
  | {
      readonly status: 'killed'
      readonly killedBy: readonly string[]
      readonly failureMessage: string
      readonly nrOfTests: number
    }

/** what the first run has found out, for every process that comes after it */
interface Known {
  readonly milliseconds: Readonly<Record<string, number>>
  readonly hits: Hits
}

/** in the sandbox, which is the working directory only once the runner is made */
const BUNDLE = 'in-process.mjs'
const KNOWN = 'in-process.json'
const HITS_PER_RUN = 50_000_000

class InProcessRunner {
  #loads = 0
  #tests: readonly RegisteredTest[] = []
  #known: Known = { milliseconds: {}, hits: {} }
  readonly #kills: Map<string, number> = new Map()
  readonly #instrumented: Instrumented = ((
    globalThis as unknown as { __stryker__?: Instrumented }
  ).__stryker__ ??= {})

  capabilities(): { readonly reloadEnvironment: boolean } {
    return { reloadEnvironment: true }
  }

  async init(): Promise<void> {
    process.env['REMIT_PROPERTY_RUNS'] = PROPERTY_RUNS
    await bundle()
    this.#tests = await this.#load()
    if (existsSync(KNOWN)) this.#known = JSON.parse(readFileSync(KNOWN, 'utf8')) as Known
  }

  async dryRun(): Promise<object> {
    const milliseconds: Record<string, number> = {}
    for (const test of this.#tests) {
      this.#instrumented.currentTestId = test.id
      const started = performance.now()
      const failure = await failureOf(test)
      if (failure === undefined) milliseconds[test.id] = performance.now() - started
    }
    this.#instrumented.currentTestId = undefined
    const { mutantCoverage } = this.#instrumented
    this.#known = { milliseconds, hits: mutantCoverage?.perTest ?? {} }
    writeFileSync(KNOWN, JSON.stringify(this.#known))
    const tests = Object.entries(milliseconds).map(([id, timeSpentMs]) => ({
      id,
      name: id,
      status: 0,
      timeSpentMs,
    }))
    return { status: 'complete', tests, mutantCoverage }
  }

  async mutantRun({ activeMutant: { id }, mutantActivation }: MutantRun): Promise<Outcome> {
    const meeting = this.#tests.filter((test) => this.#known.hits[test.id]?.[id] !== undefined)
    const most = Math.max(0, ...meeting.map((test) => this.#known.hits[test.id]?.[id] ?? 0))
    const outcome = await this.#runWith(id, 20_000 + 4 * most, () => Promise.resolve(meeting))
    const killer = outcome.status === 'killed' ? outcome.killedBy[0] : undefined
    if (outcome.status === 'timeout') return outcome
    if (killer === undefined && mutantActivation === 'runtime') return outcome
    const test = this.#tests.find((one) => one.id === killer)
    if (test !== undefined && (await failureOf(test)) === undefined) return outcome
    if (test !== undefined) this.#tests = await this.#load()
    return this.#runWith(id, HITS_PER_RUN, () => this.#load())
  }

  async #runWith(
    id: string,
    hitLimit: number,
    load: () => Promise<readonly RegisteredTest[]>,
  ): Promise<Outcome> {
    Object.assign(this.#instrumented, { activeMutant: id, hitCount: 0, hitLimit })
    try {
      return await this.#runUntilKilled(hitLimit, await load())
    } catch (error) {
      const [first = ''] = Object.keys(this.#known.milliseconds)
      return { status: 'killed', killedBy: [first], failureMessage: String(error), nrOfTests: 0 }
    } finally {
      Object.assign(this.#instrumented, { activeMutant: undefined, hitLimit: undefined })
    }
  }

  async #runUntilKilled(hitLimit: number, tests: readonly RegisteredTest[]): Promise<Outcome> {
    const sorted = this.#soonest(tests)
    for (const [index, test] of sorted.entries()) {
      this.#instrumented.hitCount = 0
      const failure = await failureOf(test)
      if (this.#instrumented.hitCount > hitLimit) return { status: 'timeout', reason: 'no end' }
      if (failure === undefined) continue
      this.#kills.set(test.id, (this.#kills.get(test.id) ?? 0) + 1)
      const nrOfTests = index + 1
      return { status: 'killed', killedBy: [test.id], failureMessage: failure, nrOfTests }
    }
    return { status: 'survived', nrOfTests: sorted.length }
  }

  /** what has killed most goes first, then what is quick; what failed without any mutant is left out */
  #soonest(tests: readonly RegisteredTest[]): RegisteredTest[] {
    const { milliseconds } = this.#known
    const cost = ({ id }: RegisteredTest): number =>
      -(this.#kills.get(id) ?? 0) || (milliseconds[id] ?? 0)
    return tests
      .filter(({ id }) => milliseconds[id] !== undefined)
      .toSorted((one, other) => cost(one) - cost(other))
  }

  async #load(): Promise<readonly RegisteredTest[]> {
    const registry: Registry = { tests: [], file: '' }
    Object.assign(globalThis, { registry })
    await import(`${pathToFileURL(resolve(BUNDLE)).href}?${this.#loads++}`)
    return registry.tests
  }
}

async function failureOf({ run }: RegisteredTest): Promise<string | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    return String(error)
  }
}

async function bundle(): Promise<void> {
  /** what the test files have instead of vitest */
  const shim = resolve('test/mutation/vitest-in-process.ts')
  const files = globSync(INCLUDED).filter((file) => !EXCLUDED.includes(file))
  await build({
    stdin: {
      contents: files.map((file) => `import ${JSON.stringify(resolve(file))}`).join('\n'),
      resolveDir: process.cwd(),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    // esbuild was loaded before the sandbox was entered, and remembers where
    absWorkingDir: process.cwd(),
    outfile: resolve(BUNDLE),
    plugins: [
      {
        name: 'in process',
        setup(plugin) {
          plugin.onResolve({ filter: /^vitest$/ }, ({ importer }) =>
            importer === shim ? { path: 'vitest', external: true } : { path: shim },
          )
          plugin.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
            const text = await readFile(path, 'utf8')
            const here = JSON.stringify(pathToFileURL(path).href)
            const file = JSON.stringify(relative(process.cwd(), path))
            const announced = path.endsWith('.test.ts') ? `registry.file = ${file};` : ''
            return { contents: announced + text.replaceAll('import.meta.url', here), loader: 'ts' }
          })
        },
      },
    ],
  })
}

export const strykerPlugins: readonly object[] = [
  { kind: 'TestRunner', name: 'in-process', injectableClass: InProcessRunner },
]
