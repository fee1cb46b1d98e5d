import { ConnectionError } from '../../adapters/ports.ts'

const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 65_536

export interface Asked {
  readonly status: number
  /** undefined: it was no JSON */
  readonly json: unknown
}

/** asks a provider whose account a credential is for; throws a `ConnectionError` when nobody answers */
export async function askAccount(
  provider: string,
  url: string,
  credential: string,
): Promise<Asked> {
  try {
    const response = await fetch(url, {
      // a redirect would carry the credential to another host
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { authorization: `Bearer ${credential}`, accept: 'application/json' },
    })
    return { status: response.status, json: parseJson(await readBounded(response)) }
  } catch (cause) {
    throw new ConnectionError('provider_unreachable', `${provider} cannot be reached: try again`, {
      cause,
    })
  }
}

export async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    const part = chunk as Uint8Array
    bytes += part.length
    if (bytes > MAX_ANSWER_BYTES)
      throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
    chunks.push(part)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
