import { connect, type Socket } from 'node:net'

/** what came back on a connection, byte for byte, and how it ended */
export interface Exchange {
  readonly received: string
  /** `end`: the server finished in order; `reset`: it broke off; `open`: it still holds the connection */
  readonly ending: 'end' | 'reset' | 'open'
}

export function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // a server may reset at any time; what matters is what it does afterwards
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}

/** sends bytes that may be no HTTP at all, and waits until the server has closed, or has had its time */
export async function exchange(
  port: number,
  bytes: Buffer | string,
  waitMilliseconds: number,
): Promise<Exchange> {
  const socket = await openSocket(port)
  const chunks: Buffer[] = []
  const ending = await new Promise<Exchange['ending']>((resolve) => {
    let timer = setTimeout(() => resolve('open'), waitMilliseconds)
    const finish = (how: Exchange['ending']): void => {
      clearTimeout(timer)
      resolve(how)
    }
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (isComplete(Buffer.concat(chunks).toString('latin1'))) {
        // a whole answer is there: only a second one could still come
        clearTimeout(timer)
        timer = setTimeout(() => resolve('open'), 30)
      }
    })
    socket.once('end', () => finish('end'))
    socket.once('close', (hadError) => finish(hadError ? 'reset' : 'end'))
    socket.write(bytes)
  })
  socket.destroy()
  return { received: Buffer.concat(chunks).toString('latin1'), ending }
}

export interface WireAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

function isComplete(received: string): boolean {
  try {
    return readAnswers(received).length > 0
  } catch {
    return false
  }
}

/** splits what came back into answers; throws on anything that is not a well-formed answer */
export function readAnswers(received: string): WireAnswer[] {
  const answers: WireAnswer[] = []
  let rest = received
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    const head = end === -1 ? rest : rest.slice(0, end)
    const status = /^HTTP\/1\.1 (\d{3}) [^\r\n]*(?:\r\n[!-9;-~]+: ?[^\r\n]*)*$/.exec(head)?.[1]
    if (end === -1 || status === undefined) throw new Error(`no HTTP answer: ${rest.slice(0, 200)}`)
    const body = readAnswerBody(head, rest.slice(end + 4))
    answers.push({ status: Number(status), head, body: body.content })
    rest = rest.slice(end + 4 + body.length)
  }
  return answers
}

function readAnswerBody(head: string, rest: string): { content: string; length: number } {
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    // Node's own short answers have an empty body in chunks
    if (!rest.startsWith('0\r\n\r\n')) throw new Error(`unexpected chunks: ${rest.slice(0, 200)}`)
    return { content: '', length: 5 }
  }
  const length = Number(/\r\ncontent-length: (\d+)(?:\r|$)/i.exec(head)?.[1] ?? 0)
  if (rest.length < length) throw new Error(`an answer that was cut: ${rest.slice(0, 200)}`)
  return { content: rest.slice(0, length), length }
}
