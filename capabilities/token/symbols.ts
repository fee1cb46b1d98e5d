import { toUtf8 } from './bytes.ts'
import { Refused } from './refusal.ts'

/** strings that every Biscuit implementation knows without being told (specification, "Symbol table") */
// prettier-ignore
const DEFAULT_SYMBOLS: readonly string[] = [
  'read', 'write', 'resource', 'operation', 'right', 'time', 'role', 'owner', 'tenant',
  'namespace', 'user', 'team', 'service', 'admin', 'email', 'group', 'member', 'ip_address',
  'client', 'client_ip', 'domain', 'path', 'version', 'cluster', 'node', 'hostname', 'nonce', 'query',
]
const OFFSET = 1024

export const MAX_SYMBOLS = 256
export const MAX_STRING_BYTES = 1024

/** the strings of a token; all first-party blocks share one table, each block adding its own at the end */
export class SymbolTable {
  readonly #strings: string[] = []
  readonly #indexes: Map<string, number> = new Map(
    DEFAULT_SYMBOLS.map((symbol, index) => [symbol, index]),
  )

  /** as a block declares them; a string twice in one token would be one value with two spellings */
  declare(symbol: string): void {
    if (this.#indexes.has(symbol)) throw new Refused('malformed', 'a symbol is declared twice')
    if (toUtf8(symbol).length > MAX_STRING_BYTES) {
      throw new Refused('not_admitted', `a string has at most ${MAX_STRING_BYTES} bytes`)
    }
    if (this.#strings.length >= MAX_SYMBOLS) {
      throw new Refused('not_admitted', `a token has at most ${MAX_SYMBOLS} symbols`)
    }
    this.#add(symbol)
  }

  find(index: bigint): string {
    const symbol =
      index < BigInt(OFFSET)
        ? DEFAULT_SYMBOLS[Number(index)]
        : this.#strings[Number(index - BigInt(OFFSET))]
    if (symbol === undefined) throw new Refused('malformed', 'a symbol is not declared')
    return symbol
  }

  intern(symbol: string): number {
    return this.#indexes.get(symbol) ?? this.#add(symbol)
  }

  get size(): number {
    return this.#strings.length
  }

  /** what a block that began at `size` has added */
  since(size: number): readonly string[] {
    return this.#strings.slice(size)
  }

  #add(symbol: string): number {
    const index = OFFSET + this.#strings.push(symbol) - 1
    this.#indexes.set(symbol, index)
    return index
  }
}
