import { expect, it } from 'vitest'
import { run } from '../support/command-line.ts'

it('tells the story to its end, every step as it must be', { timeout: 180_000 }, async () => {
  const { code, stdout, stderr } = await run('examples/story/run.ts', [])
  expect(stderr).toBe('')
  expect(stdout).toContain('All 80 steps went as they must.')
  expect(stdout).not.toContain('✗')
  expect(code).toBe(0)
})
