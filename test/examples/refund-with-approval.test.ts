import { expect, it } from 'vitest'
import { run } from '../support/command-line.ts'

it('refunds what it may, asks for more, and stops', { timeout: 180_000 }, async () => {
  const { code, stdout, stderr } = await run('examples/refund-with-approval/run.ts', [])
  expect(stderr).toBe('')
  expect(stdout).toContain('All 6 steps went as they must.')
  expect(stdout).not.toContain('✗')
  expect(code).toBe(0)
})
