import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** what depends on how wide the window is, and on whether it is dark; all else was looked at already */
export const BY_APPEARANCE: readonly string[] = ['color-contrast', 'target-size']

/** WCAG 2.2 AA as far as a program can tell, with everything on the page unfolded: that is a part of it too */
export async function findingsOf(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true })')
  await page.evaluate(axe.source)
  const results = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: ${JSON.stringify(rules ?? RULES)} })`,
  )
  const sideways = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  return [
    ...results.violations.map(
      ({ id, impact, nodes }) =>
        `${impact} ${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
    ),
    // WCAG 1.4.10: nothing is to be scrolled sideways
    ...(sideways > 0 ? [`the page is ${sideways} pixels wider than the window`] : []),
  ]
}

export async function expectAccessible(page: Page): Promise<void> {
  expect(await findingsOf(page)).toEqual([])
}
