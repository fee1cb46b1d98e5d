import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDirectStripe, outcome, type DirectStripe } from './stripe-client.ts'
import { SHOP } from './stripe/index.ts'

let direct: DirectStripe
beforeAll(async () => {
  direct = await openDirectStripe()
})
afterAll(async () => direct.stripe.close())
beforeEach(() => direct.stripe.reset())

async function refundedOf(charge: string): Promise<number> {
  return (await direct.client.charges.retrieve(charge)).amount_refunded
}

async function available(currency: string): Promise<number | undefined> {
  const { available: sums } = await direct.client.balance.retrieve()
  return sums.find((one) => one.currency === currency)?.amount
}

describe('refunds', () => {
  test('add up to what was captured and no further', async () => {
    const { refunds } = direct.client
    const one = await refunds.create({ charge: SHOP.partly, amount: 1_500, metadata: { a: '1' } })
    expect(one).toMatchObject({ amount: 1_500, status: 'succeeded', metadata: { a: '1' } })
    expect(await refundedOf(SHOP.partly)).toBe(4_500)
    expect(await available('usd')).toBe(48_500)
    expect(await outcome(refunds.create({ charge: SHOP.partly, amount: 501 }))).toBe(
      'amount_too_large',
    )
    expect((await refunds.create({ charge: SHOP.partly })).amount).toBe(500)
    expect(await outcome(refunds.create({ charge: SHOP.partly }))).toBe('charge_already_refunded')
    expect(direct.stripe.shop.refunded('usd')).toBe(2_000)
  })

  test('by the intent, and by paths that no document shows', async () => {
    await direct.client.refunds.create({ payment_intent: SHOP.hundredIntent, amount: 100 })
    const body = 'amount=200'
    for (const verb of ['refund', 'refunds']) {
      const answer = await direct.raw('POST', `/v1/charges/${SHOP.hundred}/${verb}`, { body })
      expect(answer.code).toBe('done')
    }
    expect(await refundedOf(SHOP.hundred)).toBe(500)
    const other = { charge: SHOP.yen, payment_intent: SHOP.hundredIntent }
    expect(await outcome(direct.client.refunds.create(other))).toBe('parameter_invalid')
  })

  test('none of what is disputed or only held', async () => {
    const { refunds } = direct.client
    expect(await outcome(refunds.create({ charge: SHOP.disputed }))).toBe('charge_disputed')
    expect(await outcome(refunds.create({ charge: SHOP.held }))).toBe('charge_already_refunded')
  })

  test('one on its way can be stopped, once', async () => {
    const { refunds } = direct.client
    expect((await refunds.cancel(SHOP.pendingRefund)).status).toBe('canceled')
    expect(await refundedOf(SHOP.returning)).toBe(0)
    expect(await outcome(refunds.cancel(SHOP.pendingRefund))).toBe('invalid_request_error')
    expect(await outcome(refunds.cancel(SHOP.doneRefund))).toBe('invalid_request_error')
    expect(await refundedOf(SHOP.partly)).toBe(3_000)
  })
})

describe('payment intents', () => {
  test('one confirmed with a card that is there is paid', async () => {
    const intent = await direct.client.paymentIntents.create({
      amount: 1_200,
      currency: 'usd',
      customer: SHOP.cafe,
      payment_method: 'pm_card_visa',
      off_session: true,
      confirm: true,
    })
    expect(intent).toMatchObject({ amount_received: 1_200, status: 'succeeded' })
    expect(intent.client_secret).toContain('_secret_leak')
    const charge = await direct.client.charges.retrieve(intent.latest_charge as string)
    expect(charge).toMatchObject({ amount: 1_200, customer: SHOP.cafe, payment_intent: intent.id })
    expect(await available('usd')).toBe(51_200)
  })

  test('what is not confirmed waits, and can be changed until it is', async () => {
    const { paymentIntents } = direct.client
    const made = await paymentIntents.create({ amount: 100, currency: 'eur' })
    expect(made.status).toBe('requires_payment_method')
    const changed = await paymentIntents.update(made.id, {
      amount: 150,
      payment_method: 'pm_card_visa',
    })
    expect(changed).toMatchObject({ amount: 150, status: 'requires_confirmation' })
    expect((await paymentIntents.confirm(made.id)).status).toBe('succeeded')
    const late = paymentIntents.update(made.id, { amount: 1 })
    expect(await outcome(late)).toBe('payment_intent_unexpected_state')
  })

  test('a manual one is held, captured in part, and the rest let go', async () => {
    const { paymentIntents } = direct.client
    const tooMuch = paymentIntents.capture(SHOP.heldIntent, { amount_to_capture: 4_501 })
    expect(await outcome(tooMuch)).toBe('amount_too_large')
    const captured = await paymentIntents.capture(SHOP.heldIntent, { amount_to_capture: 4_000 })
    expect(captured).toMatchObject({
      amount_capturable: 0,
      amount_received: 4_000,
      status: 'succeeded',
    })
    const charge = await direct.client.charges.retrieve(SHOP.held)
    expect(charge).toMatchObject({ amount_captured: 4_000, captured: true })
    expect(await outcome(paymentIntents.capture(SHOP.heldIntent))).toBe(
      'payment_intent_unexpected_state',
    )
  })

  test('canceling releases what is held', async () => {
    const { paymentIntents } = direct.client
    const canceled = await paymentIntents.cancel(SHOP.heldIntent, {
      cancellation_reason: 'duplicate',
    })
    expect(canceled).toMatchObject({ amount_capturable: 0, status: 'canceled' })
    expect((await direct.client.charges.retrieve(SHOP.held)).refunded).toBe(true)
    expect(await outcome(paymentIntents.cancel(SHOP.hundredIntent))).toBe(
      'payment_intent_unexpected_state',
    )
  })

  test.each([
    [{ payment_method: 'pm_card_chargeDeclined', confirm: true }, 'card_declined'],
    [{ confirm: true }, 'payment_intent_unexpected_state'],
    [{ off_session: true }, 'parameter_invalid'],
    [{ customer: 'cus_None' }, 'resource_missing'],
  ])('%o is refused as %s, and nothing is charged', async (more, code) => {
    const before = direct.stripe.shop.rows('payment_intents').length
    const made = direct.client.paymentIntents.create({ amount: 100, currency: 'usd', ...more })
    expect(await outcome(made)).toBe(code)
    expect(direct.stripe.shop.rows('payment_intents')).toHaveLength(before)
    expect(await available('usd')).toBe(50_000)
  })

  test('a card that wants its owner asks for her', async () => {
    const intent = await direct.client.paymentIntents.create({
      amount: 100,
      currency: 'usd',
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
    })
    expect(intent).toMatchObject({ status: 'requires_action', latest_charge: null })
  })
})

describe('transfers and accounts', () => {
  test('money goes to the account that is named, as long as there is some', async () => {
    const { transfers } = direct.client
    const made = await transfers.create({
      amount: 2_000,
      currency: 'usd',
      destination: SHOP.grower,
      transfer_group: 'harvest',
      metadata: { lot: '9' },
    })
    expect(made).toMatchObject({ amount: 2_000, destination: SHOP.grower, metadata: { lot: '9' } })
    expect(await available('usd')).toBe(48_000)
    const ofGroup = await transfers.list({ transfer_group: 'harvest' })
    expect(ofGroup.data.map(({ id }) => id)).toEqual([made.id])
    const booked = await direct.client.balanceTransactions.list({ source: made.id })
    expect(booked.data[0]).toMatchObject({ amount: -2_000, type: 'transfer' })
    const all = { amount: 48_001, currency: 'usd', destination: SHOP.grower }
    expect(await outcome(transfers.create(all))).toBe('balance_insufficient')
    const nowhere = { amount: 1, currency: 'usd', destination: 'acct_None' }
    expect(await outcome(transfers.create(nowhere))).toBe('resource_missing')
  })

  test('what is passed on of one charge is no more than the charge', async () => {
    const of = { currency: 'usd', destination: SHOP.grower, source_transaction: SHOP.hundred }
    await direct.client.transfers.create({ ...of, amount: 9_000 })
    const more = direct.client.transfers.create({ ...of, amount: 1_001 })
    expect(await outcome(more)).toBe('invalid_request_error')
  })

  test('an account is changed, also to where it is paid', async () => {
    await direct.client.accounts.update(SHOP.grower, {
      email: 'new@hills.example',
      business_profile: { url: 'https://hills.example' },
      metadata: { checked: 'yes' },
    })
    expect(await direct.client.accounts.retrieve(SHOP.grower)).toMatchObject({
      email: 'new@hills.example',
      business_profile: { name: 'grower', url: 'https://hills.example' },
      metadata: { checked: 'yes' },
    })
  })
})
