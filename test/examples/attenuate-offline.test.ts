import { expect, it } from 'vitest'
import { run } from '../support/command-line.ts'

it('keeps each sub-agent in its own conversation', { timeout: 180_000 }, async () => {
  const { code, stdout, stderr } = await run('examples/attenuate-offline/run.ts', [])
  expect(stderr).toBe('')
  expect(stdout).toContain('All 13 steps went as they must.')
  expect(stdout).not.toContain('✗')
  expect(code).toBe(0)
})
