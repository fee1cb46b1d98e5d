import Stripe from 'stripe'
import { SHOP } from '../../test/fakes/stripe/index.ts'
import type { Stage } from '../stage.ts'
import type { Story } from '../story/table.ts'

/** up to 50 dollars each, above 20 only when the buyer says so, and 100 a day in all */
export const REFUNDS: readonly object[] = [
  { type: 'stripe', actions: ['charges.read'], customers: [SHOP.mara] },
  {
    type: 'stripe',
    actions: ['refunds.create'],
    customers: [SHOP.mara],
    amount: { currency: 'usd', max: 8_000 },
    approval: { amount_over: 2_000 },
    limits: [{ per: 'day', amount: 10_000, currency: 'usd' }],
  },
]

/** Stripe's own client; only address and credential differ from a program that talks to Stripe */
function connect({ stripeFront }: Stage, token: string): Stripe {
  const { hostname, port } = new URL(stripeFront)
  return new Stripe(token, { host: hostname, port, protocol: 'http', telemetry: false })
}

/**
 * A small refund passes, a larger one waits for the buyer and then passes once, and the budget of the day refuses the next.
 * `approve` is the buyer's part.
 */
export async function refundWithApproval(
  stage: Stage,
  story: Story,
  token: string,
  approve: (approvalId: string) => Promise<string>,
): Promise<void> {
  const client = connect(stage, token)
  const act = async (
    tried: string,
    expected: string,
    params: Stripe.RefundCreateParams,
  ): Promise<string | undefined> => {
    const before = stage.stripe.effects.length
    const { answer, code, approvalId } = await attempt(client, params)
    const reached = stage.stripe.effects.slice(before).map(({ path, body }) => `${path} ${body}`)
    const shown = reached
      .map((one) => one.replace(/&metadata.*$/, '').replaceAll('&', ' '))
      .join(', ')
    const isDone = expected === 'done'
    story.add({
      who: 'agent',
      tried,
      answer,
      reached: shown === '' ? 'nothing' : shown,
      expected: code === expected && reached.length === Number(isDone),
    })
    return approvalId
  }
  const eighty = { charge: SHOP.hundred, amount: 8_000 }
  await act('refunds $20 of a charge', 'done', { charge: SHOP.hundred, amount: 2_000 })
  const id = await act('refunds $80 more', 'approval_required', eighty)
  await act('refunds a charge of another customer', 'resource_missing', { charge: SHOP.euro })
  const said = await approve(id ?? '')
  story.add({
    who: 'buyer',
    tried: 'reads the card and approves once',
    answer: said,
    reached: '',
    expected: id !== undefined,
  })
  await act('sends the same refund again', 'done', eighty)
  await act('refunds $1 of another charge', 'limit_reached', { charge: SHOP.partly, amount: 100 })
}

interface Attempt {
  readonly answer: string
  readonly code: string
  readonly approvalId: string | undefined
}

async function attempt(client: Stripe, params: Stripe.RefundCreateParams): Promise<Attempt> {
  try {
    const refund = await client.refunds.create(params)
    return { answer: `200: ${refund.id}, ${refund.amount}`, code: 'done', approvalId: undefined }
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error
    const { statusCode, code = '', message } = error
    const { remit } = error.raw as { remit?: { approval_id?: string } }
    return { answer: `${statusCode} ${code}: ${message}`, code, approvalId: remit?.approval_id }
  }
}
