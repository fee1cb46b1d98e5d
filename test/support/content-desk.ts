import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { ALICE, ORDER, seedOrderThreads } from '../fixtures/mail/order-threads.ts'
import { openSendingDesk, type Outcome, type SendingDesk } from './sending-desk.ts'

export interface Carrier {
  readonly subject?: string
  readonly text?: string
  readonly html?: string
  readonly name?: string
  readonly attachment?: { readonly name: string; readonly content: string | Buffer }
  /** how the bodies are written: as they are, or in an encoding that hides them from a search of the bytes */
  readonly encoding?: '8bit' | 'quoted-printable' | 'base64'
}

/** a reply to Alice that carries something, under a grant with rules about bodies */
export interface ContentDesk {
  readonly desk: () => SendingDesk
  readonly refuse: (...items: readonly string[]) => void
  readonly send: (carrier: Carrier, threadId?: string) => Promise<Outcome>
  /** nothing was posted to Gmail, and the answer is a denial */
  readonly expectKept: (carrier: Carrier) => Promise<void>
  readonly expectSent: (carrier: Carrier) => Promise<Extract<Outcome, { sent: unknown }>['sent']>
}

export function useContentDesk(): ContentDesk {
  let desk: SendingDesk
  beforeAll(async () => {
    desk = await openSendingDesk(seedOrderThreads)
  })
  beforeEach(() => desk.gmail.reset())
  afterAll(async () => desk.close())
  const send: ContentDesk['send'] = async (carrier, threadId) =>
    desk.send(compose(carrier), threadId)
  return {
    desk: () => desk,
    refuse: (...refuse) => {
      desk.grant({
        actions: ['messages.send', 'messages.reply'],
        recipients: { domains: ['customer.example'] },
        attachments: 'any',
        body: { links: 'any', refuse },
      })
    },
    send,
    expectKept: async (carrier) => {
      // a reply has the subject of its thread, whatever the agent wrote
      const threads = carrier.subject === undefined ? [undefined, ORDER] : [undefined]
      const outcomes: Outcome[] = []
      for (const thread of threads) outcomes.push(await send(carrier, thread))
      expect(desk.gmail.requests.filter(({ method }) => method !== 'GET')).toEqual([])
      for (const outcome of outcomes) expect(outcome).toHaveProperty('denied')
    },
    expectSent: async (carrier) => {
      const outcome = await send(carrier)
      if (!('sent' in outcome)) throw new Error(`not sent: ${JSON.stringify(outcome)}`)
      return outcome.sent
    },
  }
}

function compose(carrier: Carrier): string {
  const { subject = 'Order', text, html, name, attachment } = carrier
  const parts = [
    ...(text !== undefined || html === undefined ? [bodyPart('plain', text ?? '', carrier)] : []),
    ...(html !== undefined ? [bodyPart('html', html, carrier)] : []),
  ]
  const body = parts.length === 1 ? (parts[0] ?? '') : multipart('alternative', parts)
  return [
    `To: ${name === undefined ? ALICE : `"${name}" <${ALICE}>`}`,
    `Subject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=`,
    'MIME-Version: 1.0',
    attachment === undefined ? body : multipart('mixed', [body, attachmentPart(attachment)]),
  ].join('\r\n')
}

function multipart(kind: 'alternative' | 'mixed', parts: readonly string[]): string {
  const inner = parts.map((part) => `--${kind}-edge\r\n${part}\r\n`).join('')
  return `Content-Type: multipart/${kind}; boundary=${kind}-edge\r\n\r\n${inner}--${kind}-edge--\r\n`
}

function bodyPart(kind: 'plain' | 'html', text: string, { encoding = '8bit' }: Carrier): string {
  return [
    `Content-Type: text/${kind}; charset=utf-8`,
    `Content-Transfer-Encoding: ${encoding}`,
    '',
    encode(text, encoding),
  ].join('\r\n')
}

/** quoted-printable with every octet escaped and a soft break after every third: no byte of the text is left as it was */
function encode(text: string, encoding: NonNullable<Carrier['encoding']>): string {
  const octets = Buffer.from(text)
  switch (encoding) {
    case '8bit':
      return text
    case 'base64':
      return octets.toString('base64').replace(/.{1,7}/g, '$&\r\n')
    case 'quoted-printable':
      return [...octets]
        .map((octet, index) => {
          const escape = `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
          return index % 3 === 2 ? `${escape}=\r\n` : escape
        })
        .join('')
  }
}

function attachmentPart({ name, content }: NonNullable<Carrier['attachment']>): string {
  return [
    'Content-Type: application/octet-stream',
    `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`,
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(content).toString('base64'),
  ].join('\r\n')
}
