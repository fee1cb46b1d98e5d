import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createMailDelivery } from '../../../server/notifications/mail-delivery.ts'
import type { Notification } from '../../../server/notifications/notification.ts'
import { toSmtpOptions } from '../../../server/notifications/smtp-options.ts'
import { SecretText } from '../../../server/secret.ts'
import { issuer, startMailServer } from './setup.ts'

const signal = AbortSignal.timeout(60_000)
const notification: Notification = {
  id: 'ntf_1',
  buyerId: 'b_1',
  email: 'ada@buyer.example',
  kind: 'approval_waiting',
  subject: 'Une demande attend: 80 €',
  text: 'The agent asks for a refund of $80.00.\n.\nIt says: <b>hello</b>',
  path: '/approvals/apr_1',
  createdAt: new Date('2026-03-04T05:06:07Z'),
}

function deliveryTo(url: string): ReturnType<typeof createMailDelivery> {
  return createMailDelivery({ url: new SecretText(url), from: 'Remit <remit@op.example>' }, issuer)
}

describe('a notification by mail', () => {
  it('reaches the buyer as plain text with a link that only shows', async () => {
    await using server = await startMailServer()
    const result = await deliveryTo(server.url).deliver(notification, signal)
    const [mail] = server.mails
    expect(server.mails).toHaveLength(1)
    expect(mail).toMatchObject({ from: 'remit@op.example', to: ['ada@buyer.example'] })
    const [head = '', body = ''] = (mail?.source ?? '').split('\r\n\r\n')
    expect(head).toMatch(/^Content-Type: text\/plain/m)
    expect(head).not.toMatch(/multipart|text\/html/)
    expect(head).toMatch(/^Message-ID: <ntf_1@remit\.example>$/im)
    expect(head).toMatch(/^Auto-Submitted: auto-generated$/im)
    expect(mail?.source).toContain('https://remit.example/approvals/apr_1')
    expect(body).toContain('refund of $80.00.')
    expect(result).toEqual({ outcome: 'sent' })
  })

  it.each([
    ['subject', { subject: 'Hello\r\nBcc: eve@evil.example\r\n\r\nNew body' }],
    ['address', { email: 'ada@buyer.example>\r\nBcc: <eve@evil.example' }],
    ['address list', { email: 'ada@buyer.example, eve@evil.example' }],
  ])('lets no %s write another header or recipient', async (_name, change) => {
    await using server = await startMailServer()
    await deliveryTo(server.url).deliver({ ...notification, ...change }, signal)
    for (const mail of server.mails) {
      expect(mail.to).not.toContain('eve@evil.example')
      expect(mail.to.length).toBeLessThanOrEqual(1)
      const [head = ''] = mail.source.split('\r\n\r\n')
      expect(head).not.toMatch(/^bcc:/im)
    }
  })

  it('signs in with the user and the password of the address', async () => {
    await using server = await startMailServer({ authOptional: false })
    const url = server.url.replace('//', `//us%40er:${encodeURIComponent('p@ss:w/rd')}@`)
    expect(await deliveryTo(url).deliver(notification, signal)).toEqual({ outcome: 'sent' })
    expect(server.mails).toMatchObject([{ user: 'us@er' }])
  })

  it('takes the certificate that a mail server on this machine made for itself', async () => {
    await using server = await startMailServer({ disabledCommands: [] })
    expect(await deliveryTo(server.url).deliver(notification, signal)).toEqual({ outcome: 'sent' })
    expect(server.mails).toMatchObject([{ secure: true }])
  })

  it('says that the sign-in failed, and repeats nothing of what the server said', async () => {
    await using server = await startMailServer({
      authOptional: false,
      onAuth: ({ password }, _session, done) => done(new Error(`wrong password ${password}`)),
    })
    const url = server.url.replace('//', '//user:hunter22@')
    const result = await deliveryTo(url).deliver(notification, signal)
    expect(server.mails).toEqual([])
    expect(result).toMatchObject({ outcome: 'failed', isFinal: false })
    expect(inspect(result)).toContain('REMIT_SMTP_URL')
    expect(inspect(result)).not.toContain('hunter22')
  })

  it('gives up at once on what the server refuses for good, and tries again what it refuses for now', async () => {
    let code = 550
    await using server = await startMailServer({
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error('no'), { responseCode: code })),
    })
    const delivery = deliveryTo(server.url)
    expect(await delivery.deliver(notification, signal)).toMatchObject({ isFinal: true })
    code = 450
    expect(await delivery.deliver(notification, signal)).toMatchObject({ isFinal: false })
    expect(server.mails).toEqual([])
  })

  it('fails, to be tried again, when nobody listens', async () => {
    const delivery = deliveryTo('smtp://127.0.0.1:9')
    expect(await delivery.deliver(notification, signal)).toMatchObject({ isFinal: false })
  })

  it('speaks to another machine encrypted or not at all', () => {
    expect(toSmtpOptions(new SecretText('smtp://mail.example'))).toMatchObject({
      port: 587,
      secure: false,
      requireTLS: true,
      tls: { rejectUnauthorized: true },
    })
    expect(toSmtpOptions(new SecretText('smtps://u:p@mail.example'))).toMatchObject({
      port: 465,
      secure: true,
      tls: { rejectUnauthorized: true },
    })
    expect(toSmtpOptions(new SecretText('smtp://[::1]:25'))).toMatchObject({
      host: '::1',
      port: 25,
      requireTLS: false,
    })
  })
})
