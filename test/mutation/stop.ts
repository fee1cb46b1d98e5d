import { beforeEach } from 'vitest'

/** A setup file of the mutation tests: once a mutant is killed, the test files that are left are not even loaded. */
const seen: { killed?: boolean } = ((globalThis as { mutation?: { killed?: boolean } }).mutation ??=
  {})
if (seen.killed === true) throw new Error('this mutant is killed already')

beforeEach(({ onTestFailed }) => {
  onTestFailed(() => {
    seen.killed = true
  })
})
