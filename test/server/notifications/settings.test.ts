import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../../server/config.ts'
import { describeNotifications } from '../../../server/notifications/describe.ts'

const secret = `whsec_${randomBytes(32).toString('base64')}`
const from = 'Remit <remit@op.example>'

function loadMail(url: string, sender = from): ReturnType<typeof loadConfig> {
  return loadConfig({ REMIT_SMTP_URL: url, REMIT_MAIL_FROM: sender })
}

function loadWebhook(url: string, key = secret): ReturnType<typeof loadConfig> {
  return loadConfig({ REMIT_WEBHOOK_URL: url, REMIT_WEBHOOK_SECRET: key })
}

describe('the settings of notifications', () => {
  it.each(['smtp://127.0.0.1:1025', 'smtps://u:p%40ss@mail.example', 'smtp://mail.example:587/'])(
    'takes the mail server %s',
    (url) => expect(loadMail(url).mail?.url.reveal()).toBe(url),
  )

  it.each([
    'mail.example',
    'https://mail.example',
    'smtp://',
    'smtps://mail.example/?tls.rejectUnauthorized=false',
    'smtps://mail.example/path',
    'smtps://u:100%@mail.example',
  ])('refuses the mail server %s', (url) => {
    expect(() => loadMail(url)).toThrow('REMIT_SMTP_URL')
  })

  it.each(['remit@op.example', 'Remit <remit@op.example>', '<remit@op.example>'])(
    'takes the sender %s',
    (sender) => expect(loadMail('smtp://127.0.0.1', sender).mail?.from).toBe(sender),
  )

  it.each([
    'Remit',
    'a@op.example, b@op.example',
    'Remit <remit@op.example>\r\nBcc: eve@evil.example',
    'Remit\n<remit@op.example>',
    'Remit" <remit@op.example>',
    'Remit <remit@op.example> <eve@evil.example>',
  ])('refuses the sender %j', (sender) => {
    expect(() => loadMail('smtp://127.0.0.1', sender)).toThrow('REMIT_MAIL_FROM')
  })

  it.each([
    'https://hooks.example/services/T0/B0',
    'https://10.1.2.3/hook',
    'http://127.0.0.1:8080/hook',
    'http://[::1]:8080/',
    'http://localhost:8080/',
  ])('takes the webhook %s', (url) => expect(loadWebhook(url).webhook?.url.reveal()).toBe(url))

  it.each([
    'http://hooks.example/',
    'http://10.1.2.3/hook',
    'https://user:pass@hooks.example/',
    'https://hooks.example/#x',
    'https://169.254.169.254/latest/meta-data',
    'https://2852039166/',
    'https://[fe80::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://[fd00:ec2::254]/',
    'https://127.0.0.2/',
    'https://0.0.0.0/',
    'file:///etc/passwd',
  ])('refuses the webhook %s', (url) => {
    expect(() => loadWebhook(url)).toThrow('REMIT_WEBHOOK_URL')
  })

  it.each([
    'changeme',
    secret.slice('whsec_'.length),
    'whsec_c2hvcnQ=',
    `whsec_${'A'.repeat(100)}`,
  ])('refuses a weak or misspelt secret, and does not repeat it', (key) => {
    expect(() => loadWebhook('https://hooks.example/', key)).toThrow('REMIT_WEBHOOK_SECRET')
    expect(() => loadWebhook('https://hooks.example/', key)).not.toThrow(key)
  })

  it.each([
    ['REMIT_SMTP_URL', 'smtp://127.0.0.1', 'REMIT_MAIL_FROM'],
    ['REMIT_MAIL_FROM', from, 'REMIT_SMTP_URL'],
    ['REMIT_WEBHOOK_URL', 'https://hooks.example/', 'REMIT_WEBHOOK_SECRET'],
    ['REMIT_WEBHOOK_SECRET', secret, 'REMIT_WEBHOOK_URL'],
  ])('wants what belongs to %s', (name, value, missing) => {
    expect(() => loadConfig({ [name]: value })).toThrow(missing)
  })

  it('prints no password, no path and no secret', () => {
    const config = loadConfig({
      REMIT_SMTP_URL: 'smtps://user:hunter22@mail.example',
      REMIT_MAIL_FROM: from,
      REMIT_WEBHOOK_URL: 'https://hooks.example/path-token',
      REMIT_WEBHOOK_SECRET: secret,
    })
    const described = describeNotifications(config)
    expect(described).toEqual([
      'mail from Remit <remit@op.example> by mail.example',
      'webhook to https://hooks.example',
    ])
    const printed = inspect(config, { depth: 9 }) + JSON.stringify(config) + described.join()
    expect(printed).not.toMatch(/hunter22|path-token/)
    expect(printed).not.toContain(secret.slice('whsec_'.length))
  })

  it('says so when nothing is set up', () => {
    expect(describeNotifications(loadConfig({}))[0]).toContain('in the console only')
  })
})
