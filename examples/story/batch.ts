import { randomUUID } from 'node:crypto'

/**
 * Several requests in one, written as Google's Python client writes them (its Node client knows no batches); gives the status
 * of each answer, in their order.
 */
export async function askAtOnce(
  front: string,
  token: string,
  paths: readonly string[],
): Promise<number[]> {
  const boundary = `===============${randomUUID()}==`
  const batch = randomUUID()
  const parts = paths.map((path, index) =>
    [
      `--${boundary}`,
      'Content-Type: application/http',
      'MIME-Version: 1.0',
      'Content-Transfer-Encoding: binary',
      `Content-ID: <${batch} + ${index + 1}>`,
      '',
      `GET /gmail/v1/users/me/${path}?alt=json HTTP/1.1`,
      'accept: application/json',
      `Host: ${new URL(front).host}`,
      '',
      '',
    ].join('\n'),
  )
  const response = await fetch(`${front}/batch/gmail/v1`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': `multipart/mixed; boundary="${boundary}"`,
    },
    body: `${parts.join('\n')}\n--${boundary}--\n`,
  })
  const answers = await response.text()
  return [...answers.matchAll(/^HTTP\/1\.1 (\d{3})/gmu)].map(([, status]) => Number(status))
}
