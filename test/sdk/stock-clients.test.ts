import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import { gmail } from '@googleapis/gmail'
import { Client as Hubspot } from '@hubspot/api-client'
import { decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose'
import Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { gmailAuth } from '../../sdk/gmail.ts'
import { hubspotOptions } from '../../sdk/hubspot.ts'
import { frontAccess, generateProofKey, toDenial } from '../../sdk/index.ts'
import { stripeOptions } from '../../sdk/stripe.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { startRecorder, type Recorder } from './recorder.ts'

const TOKEN = 'a-token-of-a-front'
let elsewhere: Recorder
let front: Recorder

beforeAll(async () => {
  elsewhere = await startRecorder()
  front = await startRecorder(() => ({
    status: 200,
    body: { object: 'list', data: [], results: [] },
  }))
})
afterAll(async () => {
  await elsewhere[Symbol.asyncDispose]()
  await front[Symbol.asyncDispose]()
})
beforeEach(() => {
  elsewhere.received.length = 0
  front.received.length = 0
})

describe("Google's client", () => {
  let real: TestFront
  beforeAll(async () => {
    real = await startTestFront()
  })
  afterAll(async () => real.close())

  const reply = { type: 'gmail', actions: ['messages.read', 'messages.reply'], labels: ['Support'] }
  const mail = (cc?: string): string =>
    [
      `To: ${SEED.supportThread.customer}`,
      ...(cc === undefined ? [] : [`Cc: ${cc}`]),
      `Subject: Re: ${SEED.supportThread.subject}`,
      'Content-Type: text/plain; charset=utf-8',
      '',
      'The lids left this morning.',
    ].join('\r\n')

  it('reaches the front without a rootUrl, media uploads included', async () => {
    const access = frontAccess({ front: real.url, token: real.mint([reply]) })
    const mailbox = gmail({ version: 'v1', auth: gmailAuth(access) })
    const { threadId } = SEED.supportThread
    await mailbox.users.messages.send({
      userId: 'me',
      requestBody: { threadId },
      media: { mimeType: 'message/rfc822', body: Readable.from([mail()]) },
    })
    expect(real.gmail.sent.map((one) => one.threadId)).toEqual([threadId])
    const { data } = await mailbox.users.threads.get({ userId: 'me', id: threadId })
    expect(data.messages?.length).toBeGreaterThan(1)
  })

  it('says what was denied, and calls nothing else a denial', async () => {
    const access = frontAccess({ front: real.url, token: real.mint([reply]) })
    const mailbox = gmail({ version: 'v1', auth: gmailAuth(access) })
    const raw = Buffer.from(mail(SEED.evil)).toString('base64url')
    const before = real.gmail.sent.length
    const { threadId } = SEED.supportThread
    const denied = await errorOf(
      mailbox.users.messages.send({ userId: 'me', requestBody: { threadId, raw } }),
    )
    expect(real.gmail.sent.length).toBe(before)
    const denial = toDenial(denied)
    expect(denial).toMatchObject({
      reason: 'CAVEAT_DENIED',
      operation: 'gmail.messages.reply',
      constraint: 'recipients',
    })
    expect(denial?.refused).toContain(SEED.evil)
    expect(denial?.allowed).toBeTruthy()
    expect(denial?.decisionId).toBeTruthy()

    const unlisted = await errorOf(mailbox.users.settings.getVacation({ userId: 'me' }))
    expect(toDenial(unlisted)).toMatchObject({ reason: 'UNKNOWN_OPERATION' })
    const hidden = await errorOf(mailbox.users.messages.get({ userId: 'me', id: SEED.hidden.id }))
    expect(hidden).toMatchObject({ status: 404 })
    expect(toDenial(hidden)).toBeUndefined()
    const stranger = gmail({
      version: 'v1',
      auth: gmailAuth(frontAccess({ front: real.url, token: 'nonsense' })),
    })
    const unknown = await errorOf(stranger.users.labels.list({ userId: 'me' }))
    expect(unknown).toMatchObject({ status: 401 })
    expect(toDenial(unknown)).toBeUndefined()
  })

  it('stops before any other host hears of the token', async () => {
    const auth = gmailAuth(frontAccess({ front: front.origin, token: TOKEN }))
    const mailbox = gmail({ version: 'v1', auth, rootUrl: `${elsewhere.origin}/` })
    await expect(mailbox.users.labels.list({ userId: 'me' })).rejects.toMatchObject({
      code: 'foreign_origin',
    })
    await expect(auth.request({ url: `${elsewhere.origin}/gmail` })).rejects.toThrow()
    await expect(auth.request({ baseURL: elsewhere.origin, url: '/gmail' })).rejects.toThrow()
    await expect(auth.fetch(`${elsewhere.origin}/gmail`)).rejects.toThrow()
    await expect(auth.getRequestHeaders(`${elsewhere.origin}/`)).rejects.toThrow()
    await expect(auth.getRequestHeaders()).rejects.toThrow()
    expect((await auth.getAccessToken().catch(() => undefined))?.token).toBeUndefined()
    expect(elsewhere.received).toEqual([])
    expect(front.received).toEqual([])
  })

  it('follows no redirect', async () => {
    await using redirecting = await startRecorder(() => ({
      status: 302,
      headers: { location: `${elsewhere.origin}/gmail` },
      body: {},
    }))
    const auth = gmailAuth(frontAccess({ front: redirecting.origin, token: TOKEN }))
    const mailbox = gmail({ version: 'v1', auth, retry: false })
    await expect(mailbox.users.labels.list({ userId: 'me' })).rejects.toThrow()
    expect(elsewhere.received).toEqual([])
  })
})

describe('a token that is bound to a key', () => {
  it('comes with a proof of each request, and with the nonce that the front asked for', async () => {
    await using asking = await startRecorder(({ headers }) => {
      const proof = headers['dpop']
      const claims = typeof proof === 'string' ? decodeJwt(proof) : {}
      if (claims['nonce'] === 'n-1') return { status: 200, body: { labels: [] } }
      return {
        status: 401,
        headers: { 'dpop-nonce': 'n-1', 'www-authenticate': 'DPoP error="use_dpop_nonce"' },
        body: {},
      }
    })
    const key = await generateProofKey()
    const access = frontAccess({ front: asking.origin, token: TOKEN, key })
    const mailbox = gmail({ version: 'v1', auth: gmailAuth(access), retry: false })
    await mailbox.users.labels.list({ userId: 'me', fields: 'labels' })
    await mailbox.users.labels.list({ userId: 'me' })
    await access.fetch(`${asking.origin}/gmail/v1/users/me/labels`)

    const proofs = asking.received.map(({ headers }) => headers['dpop'] as string)
    expect(proofs).toHaveLength(4)
    expect(new Set(proofs.map((proof) => decodeJwt(proof).jti)).size).toBe(4)
    for (const [index, proof] of proofs.entries()) {
      const { payload } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' })
      expect(payload).toMatchObject({
        htm: 'GET',
        htu: `${asking.origin}/gmail/v1/users/me/labels`,
        ath: createHash('sha256').update(TOKEN).digest('base64url'),
      })
      expect(payload['nonce']).toBe(index === 0 ? undefined : 'n-1')
      expect(decodeProtectedHeader(proof).jwk).not.toHaveProperty('d')
      expect(asking.received[index]?.headers.authorization).toBe(`DPoP ${TOKEN}`)
    }
  })
})

describe("Stripe's client", () => {
  it('sends every request to the front, files included, with a token that is fresh then', async () => {
    let count = 0
    const access = frontAccess({
      front: front.origin,
      token: async () => Promise.resolve(`${TOKEN}-${++count}`),
    })
    const stripe = new Stripe('', stripeOptions(access, Stripe.createFetchHttpClient))
    await stripe.charges.list()
    await stripe.files.list()
    expect(front.received.map(({ target }) => target)).toEqual(['/v1/charges', '/v1/files'])
    expect(front.received.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${TOKEN}-1`,
      `Bearer ${TOKEN}-2`,
    ])
  })

  it('proves its key', async () => {
    const key = await generateProofKey()
    const stripe = new Stripe(
      '',
      stripeOptions(
        frontAccess({ front: front.origin, token: TOKEN, key }),
        Stripe.createFetchHttpClient,
      ),
    )
    await stripe.customers.list({ limit: 3 })
    expect(front.received[0]?.headers.authorization).toBe(`DPoP ${TOKEN}`)
    expect(decodeJwt(front.received[0]?.headers['dpop'] as string)).toMatchObject({
      htm: 'GET',
      htu: `${front.origin}/v1/customers`,
    })
  })

  it('stops before any other host hears of the token', async () => {
    const access = frontAccess({ front: front.origin, token: TOKEN })
    const port = Number(new URL(elsewhere.origin).port)
    const stripe = new Stripe('', {
      ...stripeOptions(access, Stripe.createFetchHttpClient),
      port,
      maxNetworkRetries: 0,
    })
    await expect(stripe.charges.list()).rejects.toMatchObject({
      type: 'StripeConnectionError',
      detail: { code: 'foreign_origin' },
    })
    expect(elsewhere.received).toEqual([])
  })

  // up to 20 it sends these to an address of its own, with whatever stands where the key goes
  it('of an older release is stopped where it would send a file to Stripe itself', async () => {
    const Older = createRequire(import.meta.url)('stripe-17') as typeof Stripe
    const asked: string[] = []
    const access = frontAccess({
      front: front.origin,
      token: async () => {
        asked.push('token')
        return Promise.resolve(TOKEN)
      },
    })
    const stripe = new Older('', {
      ...stripeOptions(access, Older.createFetchHttpClient),
      maxNetworkRetries: 0,
    })
    const file = { data: Buffer.from('x'), name: 'x.txt', type: 'text/plain' }
    await expect(stripe.files.create({ purpose: 'dispute_evidence', file })).rejects.toMatchObject({
      type: 'StripeConnectionError',
      detail: { code: 'foreign_origin' },
    })
    expect(asked).toEqual([])
    expect(front.received).toEqual([])
    await stripe.charges.list()
    expect(front.received.map(({ target }) => target)).toEqual(['/v1/charges'])
  })
})

describe("HubSpot's client", () => {
  it('sends every request to the front', async () => {
    const hubspot = new Hubspot(hubspotOptions(frontAccess({ front: front.origin, token: TOKEN })))
    await hubspot.crm.contacts.basicApi.getPage(3)
    expect(front.received.map(({ target }) => target)).toEqual([
      expect.stringMatching(/^\/crm\/.*contacts\?limit=3/),
    ])
    expect(front.received[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`)
  })

  it('stops before any other host hears of the token, by the request that can go anywhere too', async () => {
    const options = hubspotOptions(frontAccess({ front: front.origin, token: TOKEN }))
    const foreign = new Hubspot({ ...options, basePath: elsewhere.origin })
    await expect(foreign.crm.contacts.basicApi.getPage(3)).rejects.toThrow(/was stopped/)
    expect(elsewhere.received).toEqual([])
    await new Hubspot(options).apiRequest({ overlapUrl: `${elsewhere.origin}/crm` })
    expect(elsewhere.received.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })
})

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  )
}
