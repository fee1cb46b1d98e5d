import { describe, expect, test } from 'vitest'
import {
  findPassages,
  findStanding,
  PASSAGE_LETTERS,
  SURE_LETTERS,
} from '../../../../adapters/gmail/content/passages.ts'
import { skimMarkUp } from '../../../../adapters/gmail/content/mark-up.ts'

/** letters without a pattern, the same at every run */
function lettersOf(seed: number, count: number): string {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return String.fromCharCode(97 + ((state >>> 16) % 26))
  }).join('')
}

async function common(one: string, other: string): Promise<number[]> {
  const [first, second] = [await findPassages([one]), await findPassages([other])]
  return [...first].filter((passage) => second.has(passage))
}

/** a passage of that many letters in two texts that have nothing else in common */
function twoTexts(seed: number, length: number): [string, string] {
  const passage = lettersOf(seed, length)
  const around = (by: number): string =>
    `${lettersOf(seed + by, 150)}${passage}${lettersOf(seed + by + 1, 150)}`
  return [around(1000), around(2000)]
}

/** by which of its halves a passage is smaller than another */
function rank(passage: number): number {
  return passage | 0
}

const SEEDS = Array.from({ length: 500 }, (_, seed) => seed * 7 + 1)

describe('passages', () => {
  test('the documented bounds', () => {
    expect([PASSAGE_LETTERS, SURE_LETTERS]).toEqual([60, 80])
  })

  test('one of 80 letters is always told again, one of 79 not always, one of 59 never', async () => {
    const found = async (length: number): Promise<number> => {
      let count = 0
      for (const seed of SEEDS)
        count += Number((await common(...twoTexts(seed, length))).length > 0)
      return count
    }
    expect(await found(SURE_LETTERS)).toBe(SEEDS.length)
    const oneBelow = await found(SURE_LETTERS - 1)
    expect(oneBelow).toBeLessThan(SEEDS.length)
    expect(oneBelow).toBeGreaterThan(SEEDS.length / 2)
    expect(await found(PASSAGE_LETTERS - 1)).toBe(0)
  })

  test('few are kept, and none of a text that is shorter than one', async () => {
    const { size } = await findPassages([lettersOf(5, 10_000)])
    expect(size).toBeGreaterThan(10_000 / 21)
    expect(size).toBeLessThan(1_100)
    expect(await findPassages([lettersOf(5, 59), '', '…'])).toEqual(new Set())
    expect((await findPassages([lettersOf(5, 60)])).size).toBe(1)
    expect((await findPassages(['a'.repeat(100_000)])).size).toBe(1)
  })

  test('the smallest of every run is kept, and of the shorter runs at both ends', async () => {
    const text = lettersOf(11, 3000)
    const hashes: number[] = []
    for (let start = 0; start + PASSAGE_LETTERS <= text.length; start++) {
      hashes.push(...(await findPassages([text.slice(start, start + PASSAGE_LETTERS)])))
    }
    const smallest = new Set<number>()
    const run = SURE_LETTERS - PASSAGE_LETTERS + 1
    for (let end = 1; end < hashes.length + run; end++) {
      const within = hashes.slice(Math.max(0, end - run), end)
      smallest.add(within.reduce((one, other) => (rank(other) <= rank(one) ? other : one)))
    }
    expect(await findPassages([text])).toEqual(smallest)
  })

  test('what surrounds the letters does not count, nor how they are written', async () => {
    const plain = 'Straße nach Πειραιάς und zurück, '.repeat(4)
    const asked = await findPassages([plain])
    const spelled = plain.split('').join('\u200b ')
    for (const other of [
      plain.toUpperCase().replaceAll('STRASSE', 'STRAßE'),
      plain.normalize('NFD'),
      spelled,
      spelled.toUpperCase().replaceAll('SS', 'ß'),
      plain.replaceAll('a', 'a\u3164'),
      plain.replaceAll(' ', '\n> '),
      plain.replaceAll('n', 'ｎ'),
    ]) {
      expect(await findPassages([other])).toEqual(asked)
    }
  })

  test('a long text is read in slices as it is read whole, wherever they end', async () => {
    const long = `${lettersOf(1, 8191)}\u{1d400}${lettersOf(2, 8190)}e\u0301${lettersOf(3, 9000)}`
    const short = `${lettersOf(2, 8190)}é${lettersOf(3, 200)}`
    const [from, to] = [8150, 8290]
    const across = await findPassages([short.slice(from, to)])
    expect(across.size).toBeGreaterThan(2)
    expect(await findStanding(across, [long])).toEqual(across)
    const start = `${lettersOf(1, 8191).slice(-70)}a${lettersOf(2, 70)}`
    expect((await common(start, long)).length).toBeGreaterThan(2)
  })

  test('standing in a text: whichever of its passages the text itself would be told by', async () => {
    const [one, other] = twoTexts(4, 79)
    const passages = await findPassages([one])
    const standing = await findStanding(passages, [other])
    expect(standing.size).toBeGreaterThan(0)
    expect(standing.size).toBeLessThan(passages.size)
    expect(await findStanding(passages, [one])).toEqual(passages)
    expect(await findStanding(passages, [])).toEqual(new Set())
  })

  test('a text that stands whole in another one is told by everything that the other is told by there', async () => {
    for (const seed of SEEDS) {
      const letter = lettersOf(seed, 200)
      const quoting = `${lettersOf(seed + 9, 120)}${letter}${lettersOf(seed + 8, 120)}`
      const told = await findPassages([quoting])
      const own = await findPassages([letter])
      const standing = await findStanding(told, [letter])
      expect([...standing].filter((passage) => !own.has(passage))).toEqual([])
    }
  })

  test('the event loop is given back', async () => {
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    await findPassages([lettersOf(6, 500_000)])
    clearInterval(counting)
    expect(turns).toBeGreaterThan(5)
  })
})

describe('the words of HTML', () => {
  test.each([
    ['<p>one</p><p>t<b>w</b>o</p>', 'onetwo'],
    ['a<!-- <b>not</b> -->b<style>p { color: red }</style>c<SCRIPT>d()</SCRIPT>e', 'abce'],
    ['1 < 2 and <3', '1 < 2 and <3'],
    ['&uuml;ber &#x41;&#66;&amp;&szlig;&nbsp;&rsquo;x&unknown', 'uber AB&ß  x&unknown'],
    ['<b title="x', '<b title="x'],
    ['a<!-- never closed <b>b</b>', 'ab'],
    ['<style>never closed', 'never closed'],
    ['&#0;&#x110000;', '  '],
  ])('%s', (html, words) => {
    expect(skimMarkUp(html)).toBe(words)
  })

  test.each(['<', '<!--', '<style>', '<b', '&', '&#', '</'])(
    'a hundred thousand of %s take no time',
    (part) => {
      const began = process.cpuUsage()
      skimMarkUp(part.repeat(100_000))
      expect(process.cpuUsage(began).user).toBeLessThan(500_000)
    },
  )
})
