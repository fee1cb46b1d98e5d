import { setImmediate } from 'node:timers/promises'

/**
 * Passages of a text, told again wherever they stand: by hashes of stretches of PASSAGE_LETTERS letters and digits, of which
 * only the smallest in each run of WINDOW is kept (winnowing). What two texts have in common is found for certain from
 * SURE_LETTERS on, and never below PASSAGE_LETTERS. Letters, not words: where a word ends is what mark-up, punctuation and
 * other scripts disagree about, and what somebody who hides a passage would change first.
 */
export const PASSAGE_LETTERS = 60
const WINDOW = 21
export const SURE_LETTERS: number = PASSAGE_LETTERS + WINDOW - 1

/** the event loop is given back after so many characters */
const SLICE = 8192

/** the passages by which each of the texts is told again, each once. A passage is a number of 53 bits */
export async function findPassages(texts: Iterable<string>): Promise<Set<number>> {
  const found = new Set<number>()
  for (const text of texts) {
    const winnow = new Winnow(found)
    await eachStretch(text, (high, low) => winnow.add(high, low))
    winnow.end()
  }
  return found
}

/** those of the passages that stand in one of the texts, whichever of its own the text would be told by */
export async function findStanding(
  passages: ReadonlySet<number>,
  texts: Iterable<string>,
): Promise<Set<number>> {
  const standing = new Set<number>()
  if (passages.size === 0) return standing
  const lows = new Set([...passages].map((passage) => passage | 0))
  for (const text of texts) {
    await eachStretch(text, (high, low) => {
      if (lows.has(low) && passages.has(join(high, low))) standing.add(join(high, low))
    })
  }
  return standing
}

/** two hashes of 32 bits, signed: such numbers cost nothing to hand on */
type Visit = (high: number, low: number) => void

async function eachStretch(text: string, visit: Visit): Promise<void> {
  const roll = new Roll()
  if (text.length < SLICE) return roll.read(toLetters(text), visit)
  for (let start = 0; start < text.length;) {
    const end = start + SLICE + Number(isHalf(text.charCodeAt(start + SLICE - 1)))
    roll.read(toLetters(text.slice(start, end)), visit)
    start = end
    await setImmediate()
  }
}

/** the first half of a character that takes two code units */
function isHalf(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

const ASCII = /^[\0-\x7f]*$/
const FILLING = /[^\p{L}\p{N}]+|\p{Default_Ignorable_Code_Point}+/gu

/** lower case without accents; letter by letter, so that a text can be read in slices. The final sigma is the one that looks around */
function toLetters(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase().replace(/[^a-z0-9]+/g, '')
  const plain = text.normalize('NFKD').toLowerCase().normalize('NFKD')
  return plain.replace(FILLING, '').replaceAll('ς', 'σ')
}

const [BASE_HIGH, BASE_LOW] = [0x01000193, 0x5bd1e99b]
const POWER_HIGH = power(BASE_HIGH)
const POWER_LOW = power(BASE_LOW)

/** what the unit that leaves a stretch has been multiplied by */
function power(base: number): number {
  let product = 1
  for (let count = 0; count < PASSAGE_LETTERS; count++) product = Math.imul(product, base)
  return product
}

/** two polynomial hashes of the last PASSAGE_LETTERS code units, modulo 2^32 each, rolled on from one to the next */
class Roll {
  readonly #last: Uint16Array = new Uint16Array(PASSAGE_LETTERS)
  #place = 0
  #missing = PASSAGE_LETTERS
  #high = 0
  #low = 0

  read(letters: string, visit: Visit): void {
    const last = this.#last
    let [place, missing, high, low] = [this.#place, this.#missing, this.#high, this.#low]
    for (let index = 0; index < letters.length; index++) {
      const unit = letters.charCodeAt(index)
      const gone = last[place] ?? 0
      last[place] = unit
      place = place + 1 === PASSAGE_LETTERS ? 0 : place + 1
      high = (Math.imul(high, BASE_HIGH) + unit - Math.imul(gone, POWER_HIGH)) | 0
      low = (Math.imul(low, BASE_LOW) + unit - Math.imul(gone, POWER_LOW)) | 0
      if (missing > 0) missing--
      if (missing === 0) visit(scatter(high), scatter(low))
    }
    this.#place = place
    this.#missing = missing
    this.#high = high
    this.#low = low
  }
}

/** every bit depends on every bit: which stretch is the smallest then has nothing to do with what it says */
function scatter(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/** as much of both as a number holds exactly */
function join(high: number, low: number): number {
  return (high >>> 11) * 2 ** 32 + (low >>> 0)
}

/**
 * The smallest hash of every run of WINDOW, and of the shorter runs at both ends of the text: so a text that stands whole in
 * another one, whatever is around it there, is told by nothing inside that it is not told by here.
 */
class Winnow {
  readonly #found: Set<number>
  readonly #highs: Int32Array = new Int32Array(WINDOW)
  readonly #lows: Int32Array = new Int32Array(WINDOW)
  /** where the next one goes */
  #place = 0
  #held = 0
  #smallest = MOST
  /** how many came after the smallest */
  #since = 0

  constructor(found: Set<number>) {
    this.#found = found
  }

  add(high: number, low: number): void {
    this.#highs[this.#place] = high
    this.#lows[this.#place] = low
    if (low <= this.#smallest) {
      this.#smallest = low
      this.#since = 0
      this.#found.add(join(high, low))
    } else if (++this.#since >= WINDOW) this.#seek(this.#place)
    this.#place = this.#place + 1 === WINDOW ? 0 : this.#place + 1
    if (this.#held < WINDOW) this.#held++
  }

  end(): void {
    let smallest = MOST
    for (let since = 0; since < this.#held; since++) {
      const place = (this.#place - 1 - since + 2 * WINDOW) % WINDOW
      const low = this.#lows[place] ?? MOST
      if (low > smallest) continue
      smallest = low
      this.#found.add(join(this.#highs[place] ?? 0, low))
    }
  }

  /** the smallest one has left the run */
  #seek(last: number): void {
    let at = last
    this.#smallest = MOST
    for (let since = WINDOW - 1; since >= 0; since--) {
      const place = (last - since + WINDOW) % WINDOW
      const low = this.#lows[place] ?? MOST
      if (low > this.#smallest) continue
      at = place
      this.#smallest = low
      this.#since = since
    }
    this.#found.add(join(this.#highs[at] ?? 0, this.#smallest))
  }
}

/** the greatest number of 32 bits, signed */
const MOST = 0x7fffffff
