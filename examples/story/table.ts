/** The story as a person reads it afterwards: what was tried, what the front said, what reached the account. */
export type Who = 'agent' | 'buyer' | 'sub-agent' | 'thief'

export interface Step {
  readonly who: Who
  readonly tried: string
  readonly answer: string
  readonly reached: string
  readonly expected: boolean
}

const COLUMNS = [
  { title: '', width: 2 },
  { title: 'who', width: 9 },
  { title: 'what was tried', width: 44 },
  { title: 'what the answer was', width: 58 },
  { title: 'what reached the account', width: 34 },
]

export class Story {
  readonly #steps: Step[] = []
  readonly #print: (line: string) => void

  constructor(print: (line: string) => void) {
    this.#print = print
    this.#row(COLUMNS.map((c) => c.title))
    this.#print(COLUMNS.map((c) => '─'.repeat(c.width)).join('  '))
  }

  /** what follows, in one line */
  act(title: string): void {
    this.#print(`\n${title}\n`)
  }

  add(step: Step): void {
    this.#steps.push(step)
    this.#row([step.expected ? '✓' : '✗', step.who, step.tried, step.answer, step.reached])
  }

  get count(): number {
    return this.#steps.length
  }

  /** the steps that did not go as the story says they must */
  get surprises(): readonly Step[] {
    return this.#steps.filter((s) => !s.expected)
  }

  #row(cells: readonly string[]): void {
    const wrapped = cells.map((cell, i) => wrap(cell, COLUMNS[i]?.width ?? 20))
    const height = Math.max(...wrapped.map((lines) => lines.length))
    for (let line = 0; line < height; line += 1) {
      const text = wrapped.map((lines, i) => (lines[line] ?? '').padEnd(COLUMNS[i]?.width ?? 20))
      this.#print(text.join('  ').trimEnd())
    }
  }
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
    while (line.length > width) {
      lines.push(line.slice(0, width))
      line = line.slice(width)
    }
  }
  lines.push(line)
  return lines
}
