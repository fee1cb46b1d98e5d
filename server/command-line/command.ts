import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

/** everything a command may touch of the process it runs in; `main.ts` is the only one who fills it in */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>
  /** one line of result, on stdout */
  readonly print: (line: string) => void
  /** one line for a person, on stderr */
  readonly note: (line: string) => void
  readonly readInput: () => Promise<string>
  /** aborted when the operator asks the process to end */
  readonly stop: AbortSignal
}

export interface Command {
  readonly name: string
  readonly usage: string
  readonly summary: string
  /** resolves to the exit code */
  run(args: readonly string[], context: CommandContext): Promise<number>
}

/** a mistake of the person at the terminal: the message and the usage line are shown, nothing else */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** something outside refused: shown as one line, without a stack */
export class CommandError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandError'
  }
}

export interface ParsedArguments {
  readonly positionals: readonly string[]
  readonly text: (name: string) => string | undefined
  readonly required: (name: string) => string
  readonly flag: (name: string) => boolean
}

export function parseArguments(
  args: readonly string[],
  options: ParseArgsOptionsConfig,
): ParsedArguments {
  const parsed = parse(args, options)
  const text = (name: string): string | undefined => {
    const value = parsed.values[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    positionals: parsed.positionals,
    text,
    required(name) {
      const value = text(name)
      if (value === undefined || value === '') throw new UsageError(`--${name} is missing`)
      return value
    },
    flag: (name) => parsed.values[name] === true,
  }
}

function parse(
  args: readonly string[],
  options: ParseArgsOptionsConfig,
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'the arguments cannot be read')
  }
}

/** `10m`, `12h`, `7d`, `900` or `900s` as seconds */
export function parseDuration(text: string): number {
  const match = /^([1-9]\d{0,8})([smhd]?)$/.exec(text)
  if (!match) throw new UsageError(`\`${text}\` is no duration: write 10m, 12h or 7d`)
  const unit = { '': 1, s: 1, m: 60, h: 3600, d: 86400 }[match[2] as '' | 's' | 'm' | 'h' | 'd']
  return Number(match[1]) * unit
}
