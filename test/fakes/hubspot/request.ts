import type { FakeHubspot } from './index.ts'

interface Received {
  readonly status: number
  readonly headers: Headers
  /** the parsed answer, `{}` when there is none; asserted on, so that its shape needs no type */
  readonly json: Record<string, unknown>
}

/** one request that the stock clients would not send */
export async function ask(
  { url, accessToken }: Pick<FakeHubspot, 'url' | 'accessToken'>,
  line: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Received> {
  const [method = '', target = ''] = line.split(' ')
  const answer = await fetch(url + target, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${accessToken}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
  return { status: answer.status, headers: answer.headers, json }
}
