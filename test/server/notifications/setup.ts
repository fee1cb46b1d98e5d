import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { enqueue } from '../../../server/notifications/enqueue.ts'
import type { NewNotification } from '../../../server/notifications/notification.ts'

export const issuer = 'https://remit.example'

export async function addBuyer({ db }: OpenDatabase, email?: string): Promise<string> {
  const id = `b_${randomUUID()}`
  const row = { id, email: email ?? `${id}@buyer.example`, password_hash: 'none' }
  await db.insertInto('buyers').values(row).execute()
  return id
}

export function aboutRefund(
  buyerId: string,
  changes: Partial<NewNotification> = {},
): NewNotification {
  return {
    buyerId,
    kind: 'approval_waiting',
    subject: 'A refund waits for you',
    text: 'The agent asks for a refund of $80.00.',
    path: '/approvals/apr_1',
    ...changes,
  }
}

export async function put(
  { db }: OpenDatabase,
  notification: NewNotification,
): Promise<'queued' | 'too_many'> {
  return db.transaction().execute(async (transaction) => enqueue(transaction, notification))
}

interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly user: string | undefined
  readonly secure: boolean
  readonly source: string
}

export interface MailServer extends AsyncDisposable {
  readonly url: string
  readonly mails: ReceivedMail[]
}

/** a real SMTP server on this machine that keeps what it takes */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = []
  const keep = async (
    stream: Readable,
    session: SMTPServerSession,
    done: () => void,
  ): Promise<void> => {
    const { mailFrom, rcptTo } = session.envelope
    mails.push({
      from: mailFrom === false ? '' : mailFrom.address,
      to: rcptTo.map(({ address }) => address),
      user: session.user as string | undefined,
      secure: session.secure,
      source: await text(stream),
    })
    done()
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username }, _session, done) => done(null, { user: username }),
    onData: (stream, session, done) => void keep(stream, session, done),
    ...options,
  })
  // what the tests provoke is reported to the client; here it would only end the process
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

interface ReceivedCall {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface HookServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  readonly calls: ReceivedCall[]
}

export async function startHookServer(
  answer: (response: ServerResponse, call: ReceivedCall) => void = (response) =>
    void response.writeHead(204).end(),
): Promise<HookServer> {
  const calls: ReceivedCall[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method, url: path, headers } = request
      const call = { method, path, headers, body }
      calls.push(call)
      answer(response, call)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
