/**
 * An agent's program as it was written for Google: `agent.ts read <message>` or `agent.ts answer <thread> <to> [<cc>]`.
 * Who it is stands in the file that GOOGLE_APPLICATION_CREDENTIALS names. The one line that a front needs is `rootUrl`.
 */
import { auth, gmail } from '@googleapis/gmail'

const credentials = new auth.GoogleAuth({
  scopes: ['https://www.googleapis.com/auth/gmail.modify'],
})
const rootUrl = process.env['GMAIL_URL'] ?? 'https://gmail.googleapis.com/'
const mailbox = gmail({ version: 'v1', auth: credentials, rootUrl })

const [task, id = '', to = '', cc] = process.argv.slice(2)
try {
  console.log(task === 'read' ? await read() : await answer())
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function read(): Promise<string> {
  const { data } = await mailbox.users.messages.get({ userId: 'me', id })
  return data.payload?.headers?.find(({ name }) => name === 'Subject')?.value ?? ''
}

async function answer(): Promise<string> {
  const mail = [`To: ${to}`, ...(cc ? [`Cc: ${cc}`] : []), 'Subject: Re: your order', '', 'Hello.']
  const raw = Buffer.from(mail.join('\r\n')).toString('base64url')
  const requestBody = { threadId: id, raw }
  const { data } = await mailbox.users.messages.send({ userId: 'me', requestBody })
  return `sent ${data.id}`
}
