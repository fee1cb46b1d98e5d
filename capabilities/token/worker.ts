import { parentPort } from 'node:worker_threads'
import type { Fact, Scalar, Value } from './syntax.ts'
import { MAX_DATE, NAME_PATTERN } from './values.ts'

/**
 * The library's reading of a token, in a thread that may be ended at any moment. The library traps, leaks and throws plain
 * objects; nothing of that leaves this file but one word.
 */
export interface ReaderRequest {
  readonly token: string
  readonly rootPublicKey: Uint8Array
  /** absent: only the signatures are asked about */
  readonly facts?: readonly Fact[]
}

export interface ReaderReply {
  /** `limit`: the library ran out of its time. `broken`: it trapped, and no later answer of it is worth anything */
  readonly verdict: 'yes' | 'no' | 'limit' | 'broken'
  /** of the library's own memory, which only ever grows */
  readonly memoryBytes: number
}

type Library = typeof import('@biscuit-auth/biscuit-wasm')

const POLICY = 'allow if op($o), right($o), grant($g)'
/** the thread is ended from outside when time is up; these only have to be explicit and generous */
const LIMITS = { max_facts: 10_000, max_iterations: 100, max_time_micro: 1_000_000 }
const ED25519 = 0
const WARM_UP_RUNS = 40

/** a fact that the library would read otherwise than we do; it decides on nothing */
class UnwritableFact extends Error {}

class Reader {
  readonly #library: Library
  readonly #memory: { readonly buffer: ArrayBufferLike }

  constructor(library: Library, memory: { readonly buffer: ArrayBufferLike }) {
    this.#library = library
    this.#memory = memory
  }

  read(request: ReaderRequest): ReaderReply {
    return { verdict: this.#verdict(request), memoryBytes: this.#memory.buffer.byteLength }
  }

  #verdict(request: ReaderRequest): ReaderReply['verdict'] {
    try {
      this.#decide(request)
      return 'yes'
    } catch (error) {
      if (error instanceof UnwritableFact) return 'no'
      // every error of its own is a plain object; an Error is a trap, or a misuse that left it in an unknown state
      if (error instanceof Error) return 'broken'
      return isRunLimit(error) ? 'limit' : 'no'
    }
  }

  #decide({ token, rootPublicKey, facts }: ReaderRequest): void {
    using key = this.#library.PublicKey.fromBytes(rootPublicKey, ED25519)
    using biscuit = this.#library.Biscuit.fromBase64(token, key)
    if (facts === undefined) return
    // building consumes the builder, and freeing what is consumed corrupts the library's stack: it is not `using`
    const builder = new this.#library.AuthorizerBuilder()
    try {
      this.#fill(builder, facts)
    } catch (error) {
      builder.free()
      throw error
    }
    using authorizer = builder.buildAuthenticated(biscuit)
    authorizer.authorizeWithLimits(LIMITS)
  }

  #fill(builder: InstanceType<Library['AuthorizerBuilder']>, facts: readonly Fact[]): void {
    for (const { name, terms } of facts) {
      if (!NAME_PATTERN.test(name)) throw new UnwritableFact()
      const values = terms.map(toLibraryValue)
      using fact = this.#library.Fact.fromString(
        `${name}(${values.map((_, index) => `{a${index}}`).join(', ')})`,
      )
      values.forEach((value, index) => fact.set(`a${index}`, value))
      builder.addFact(fact)
    }
    using policy = this.#library.Policy.fromString(POLICY)
    builder.addPolicy(policy)
  }
}

/** the library takes any object with a `set` or `date` key for one: only what is typed gets near it */
function toLibraryValue(value: Value): unknown {
  if (value.type !== 'set') return toLibraryScalar(value)
  if (value.value.some((member) => member.type !== value.value[0]?.type)) throw new UnwritableFact()
  return { set: value.value.map(toLibraryScalar) }
}

function toLibraryScalar(scalar: Scalar): unknown {
  switch (scalar.type) {
    case 'string':
      // stored as U+FFFD otherwise, and two strings would be one
      if (!scalar.value.isWellFormed()) throw new UnwritableFact()
      return scalar.value
    case 'integer':
      if (!Number.isSafeInteger(scalar.value)) throw new UnwritableFact()
      return scalar.value
    case 'boolean':
      return scalar.value
    case 'date':
      if (!Number.isSafeInteger(scalar.value) || scalar.value < 0 || scalar.value > MAX_DATE) {
        throw new UnwritableFact()
      }
      return { date: new Date(scalar.value * 1000).toISOString() }
  }
}

function isRunLimit(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'RunLimit' in error
}

/** code compiled on first use makes the first answers miss the library's one-millisecond limit */
function warmUp(reader: Reader, library: Library): void {
  const root = crypto.getRandomValues(new Uint8Array(32))
  using privateKey = library.PrivateKey.fromBytes(root, ED25519)
  using pair = library.KeyPair.fromPrivateKey(privateKey)
  using publicKey = pair.getPublicKey()
  const rootPublicKey = new Uint8Array(32)
  publicKey.toBytes(rootPublicKey)
  const builder = new library.BiscuitBuilder()
  builder.addCode(
    'grant("g"); right("o"); check if time($t), $t < 2100-01-01T00:00:00Z; ' +
      'check if op("p") or op("o"), many($m), $m.contains({"a"}), text($x), $x.contains("b"), age($n), $n <= 5;',
  )
  using biscuit = builder.build(privateKey)
  const token = biscuit.toBase64()
  const string = (value: string): Scalar => ({ type: 'string', value })
  const facts: Fact[] = [
    { name: 'op', terms: [string('o')] },
    { name: 'time', terms: [{ type: 'date', value: 1 }] },
    { name: 'many', terms: [{ type: 'set', value: [string('a'), string('c')] }] },
    { name: 'text', terms: [string('abc')] },
    { name: 'age', terms: [{ type: 'integer', value: 5 }] },
  ]
  for (let run = 0; run < WARM_UP_RUNS; run++) reader.read({ token, rootPublicKey, facts })
}

async function load(): Promise<Reader> {
  const library = await import('@biscuit-auth/biscuit-wasm')
  const wasm = new URL('./biscuit_bg.wasm', import.meta.resolve('@biscuit-auth/biscuit-wasm'))
  const { memory } = (await import(wasm.href)) as { memory: { readonly buffer: ArrayBufferLike } }
  const reader = new Reader(library, memory)
  warmUp(reader, library)
  return reader
}

const port = parentPort
if (port !== null) {
  const reader = await load()
  port.on('message', (request: ReaderRequest) => {
    port.postMessage(reader.read(request))
  })
  port.postMessage('ready')
}
