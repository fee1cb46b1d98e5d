import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findPassages, SURE_LETTERS } from '../../adapters/gmail/content/passages.ts'
import { findEchoes } from '../../adapters/gmail/sending/echoes.ts'
import type { Call } from '../../adapters/operation.ts'
import { MemoryShownPassages } from '../support/memory-ports.ts'
import { runs } from './runs.ts'

const letters = (of: string): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...of.split('')), { minLength: 3, maxLength: 9 })
    .map((word) => word.join(''))
/** two vocabularies that have no letter in common: what one says the other never says by chance */
const shownWords = letters('abcdefghijklm0123é')
const otherWords = letters('nopqrstuvwxyz4567ü')
const wordsOf = (word: fc.Arbitrary<string>, minLength: number): fc.Arbitrary<string> =>
  fc.array(word, { minLength, maxLength: 120 }).map((words) => words.join(' '))

const gap = fc.constantFrom(' ', '', ', ', '\n> ', '\u200b', '-', '</i><b>', '&nbsp;', ' <br/> ')
const written = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => text.normalize('NFD'),
)

async function isEcho(ledger: MemoryShownPassages, mail: string): Promise<boolean> {
  const call = { shownPassages: ledger, grantId: 'g' } as unknown as Call
  return (await findEchoes([mail], [], undefined, call))?.found === true
}

async function ledgerOf(shown: string): Promise<MemoryShownPassages> {
  const ledger = new MemoryShownPassages()
  await ledger.remember('g', 't1', [...(await findPassages([shown]))])
  return ledger
}

test('a passage of the guaranteed length is found wherever it is copied to, however it is written', async () => {
  const cases = fc.record({
    shown: wordsOf(shownWords, 40),
    start: fc.nat(),
    before: wordsOf(otherWords, 0),
    after: wordsOf(otherWords, 0),
    gap,
    written,
  })
  await fc.assert(
    fc.asyncProperty(
      cases,
      async ({ shown, start, before, after, gap: between, written: write }) => {
        const all = shown.replaceAll(' ', '').split('')
        const from = start % (all.length - SURE_LETTERS + 1)
        const passage = all.slice(from, from + SURE_LETTERS)
        // every few letters something that is no letter
        const spelled = passage.map((one, index) => one + (index % 4 === 3 ? between : '')).join('')
        const mail = `${before} ${write(spelled)} ${after}`
        expect(await isEcho(await ledgerOf(shown), mail)).toBe(true)
      },
    ),
    runs(400),
  )
})

test('a mail of other words is no echo', async () => {
  const pairs = fc.tuple(wordsOf(shownWords, 40), wordsOf(otherWords, 40), wordsOf(shownWords, 40))
  await fc.assert(
    fc.asyncProperty(pairs, async ([shown, mail, sameLetters]) => {
      const ledger = await ledgerOf(shown)
      expect(await isEcho(ledger, mail)).toBe(false)
      expect(await isEcho(ledger, sameLetters)).toBe(false)
    }),
    runs(400),
  )
})
