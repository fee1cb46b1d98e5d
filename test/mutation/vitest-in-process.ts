/**
 * What a test file of the core imports from vitest, for the mutation tests: it registers its tests and runs nothing. `expect`
 * is the real one. Hooks are left out: the tests that need one fail before there is a mutant, and are put aside.
 */
export { expect } from 'vitest'

type Body = (...args: readonly unknown[]) => unknown
type Each = (cases: readonly unknown[]) => (name: string, body: Body) => void

export interface RegisteredTest {
  /** stays the same however often the file is loaded, so no case is named by its values: some are drawn anew each time */
  readonly id: string
  readonly file: string
  readonly run: Body
}

export interface Registry {
  readonly tests: RegisteredTest[]
  file: string
}

const { registry } = globalThis as unknown as { readonly registry: Registry }
const groups: string[] = []

function register(name: string, run: Body): void {
  const { tests, file } = registry
  const id = `${file} #${tests.length} ${[...groups, name].join(' > ')}`
  tests.push({ id, file, run })
}

function group(name: string, body: Body): void {
  groups.push(name)
  body()
  groups.pop()
}

function eachOf(take: (name: string, body: Body) => void): Each {
  return (cases) => (name, body) => {
    for (const one of cases) {
      const args: readonly unknown[] = Array.isArray(one) ? one : [one]
      take(name, () => body(...args))
    }
  }
}

export const test: typeof register & { each: Each } = Object.assign(register, {
  each: eachOf(register),
})
export const describe: typeof group & { each: Each } = Object.assign(group, { each: eachOf(group) })

export function beforeAll(): void {}
export function afterAll(): void {}
