import { expect } from 'vitest'

/** `REMIT_PROPERTY_RUNS=10` tries ten times as many cases, `0.1` a tenth */
const factor = Number(process.env['REMIT_PROPERTY_RUNS'] ?? 1)
if (!(factor > 0)) throw new Error('REMIT_PROPERTY_RUNS is a factor: a number greater than 0')

export function runs(usual: number): { numRuns: number } {
  return { numRuns: Math.max(1, Math.round(usual * factor)) }
}

/** what is walked from end to end is walked in steps when fewer cases are asked for; an odd step meets every bit of a byte */
export const stride: number = factor < 1 ? 2 * Math.floor(0.5 / factor) + 1 : 1

/** a property whose cases never reach an outcome proves nothing about it; too few cases cannot be held to that */
export function expectReached(outcomes: Readonly<Record<string, number>>): void {
  if (factor < 1) return
  for (const [outcome, count] of Object.entries(outcomes)) {
    expect(count, `no case reached: ${outcome}`).toBeGreaterThan(0)
  }
}
