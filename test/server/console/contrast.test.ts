import { expect, test } from 'vitest'
import { stylesheet } from '../../../server/console/assets.ts'

const css = stylesheet.content.toString()
const [light = '', dark = ''] = [...css.matchAll(/:root \{([^}]*--paper[^}]*)\}/gu)].map(
  ([, block]) => block,
)

/** foreground, background and the least ratio of WCAG 2.2 AA: 4.5 for text, 3 for the edges of controls */
const pairs: readonly (readonly [string, string, number])[] = [
  ['ink', 'paper', 4.5],
  ['ink', 'card', 4.5],
  ['ink', 'care-back', 4.5],
  ['ink', 'good-back', 4.5],
  ['ink', 'stranger-back', 4.5],
  ['soft', 'paper', 4.5],
  ['soft', 'card', 4.5],
  ['soft', 'stranger-back', 4.5],
  ['accent', 'paper', 4.5],
  ['accent', 'card', 4.5],
  ['on-accent', 'accent', 4.5],
  ['on-accent', 'accent-strong', 4.5],
  ['care', 'paper', 4.5],
  ['care', 'card', 4.5],
  ['care', 'care-back', 4.5],
  ['field-line', 'card', 3],
  ['field-line', 'paper', 3],
]

function luminance(block: string, name: string): number {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6});`, 'u').exec(block)?.[1] ?? ''
  expect(hex, name).not.toBe('')
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

test.each([
  ['light', light],
  ['dark', dark],
])('text and controls can be read in %s', (_, block) => {
  for (const [front, back, least] of pairs) {
    const [dim = 0, bright = 0] = [luminance(block, front), luminance(block, back)].toSorted(
      (a, b) => a - b,
    )
    expect((bright + 0.05) / (dim + 0.05), `${front} on ${back}`).toBeGreaterThanOrEqual(least)
  }
})
