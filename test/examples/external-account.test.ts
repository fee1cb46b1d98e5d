import { expect, it } from 'vitest'
import { run } from '../support/command-line.ts'

it('serves a program that has only a credential file', { timeout: 180_000 }, async () => {
  const { code, stdout, stderr } = await run('examples/external-account/run.ts', [])
  expect(stderr).toBe('')
  expect(stdout).toContain('All 6 steps went as they must.')
  expect(stdout).not.toContain('✗')
  expect(code).toBe(0)
})
