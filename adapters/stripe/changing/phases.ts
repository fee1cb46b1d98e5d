import { z } from 'zod'
import type { ApprovalRow } from '../../ports.ts'
import type { Encodable } from '../form/encode.ts'
import { countText, idText, metadataText, timestampText } from '../parameters.ts'
import { isRecord } from '../../is-record.ts'
import type { StripeObject } from '../reading/resource.ts'
import { fromAgent } from './card.ts'

interface Item {
  readonly id?: string | undefined
  readonly price?: string | undefined
  readonly quantity?: string | undefined
  readonly deleted?: string | undefined
}

/** `2 × price_1`, as a card says it */
export function itemWords({ id, price, quantity, deleted }: Item): string {
  const what = price ?? id ?? 'an item'
  if (deleted === 'true') return `without ${what}`
  const of = price !== undefined && id !== undefined ? ` in place of ${id}` : ''
  return `${quantity ?? '1'} × ${what}${of}`
}

/** what a subscription contains now */
export function itemsIn(subscription: StripeObject): Item[] {
  const items = subscription['items']
  const rows = isRecord(items) && Array.isArray(items['data']) ? items['data'] : []
  return rows.filter(isRecord).map((row) => {
    const price = isRecord(row['price']) ? row['price']['id'] : row['price']
    return {
      id: String(row['id']),
      price: typeof price === 'string' ? price : undefined,
      quantity: typeof row['quantity'] === 'number' ? String(row['quantity']) : undefined,
    }
  })
}

interface Phase {
  readonly items: readonly { readonly price: string; readonly quantity?: string | undefined }[]
  readonly duration?:
    | {
        readonly interval: 'day' | 'week' | 'month' | 'year'
        readonly interval_count?: string | undefined
      }
    | undefined
  readonly iterations?: string | undefined
  readonly start_date?: string | undefined
  readonly end_date?: string | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

const phase: z.ZodType<Phase, unknown> = z.strictObject({
  items: z
    .array(z.strictObject({ price: idText(), quantity: countText.optional() }))
    .min(1)
    .max(20),
  duration: z
    .strictObject({
      interval: z.enum(['day', 'week', 'month', 'year']),
      interval_count: countText.optional(),
    })
    .optional(),
  iterations: countText.optional(),
  start_date: timestampText.or(z.literal('now')).optional(),
  end_date: timestampText.or(z.literal('now')).optional(),
  metadata: metadataText.optional(),
})

/** coupons, trials, fees and transfers of a phase are not accepted, and none is prorated */
export const phasesText: z.ZodType<readonly Phase[], unknown> = z.array(phase).min(1).max(10)

export function withoutProration(phases: readonly Phase[] | undefined): Encodable {
  return phases?.map(({ items, duration, ...rest }) => ({
    ...rest,
    items: items.map((item) => ({ ...item })),
    ...(duration !== undefined && { duration: { ...duration } }),
    proration_behavior: 'none',
  }))
}

export function phaseRows(phases: readonly Phase[] = []): ApprovalRow[] {
  return phases.flatMap(
    ({ items, duration, iterations, start_date: from, end_date: to }, index) => {
      const span = [
        from && `from ${dateWords(from)}`,
        to && `until ${dateWords(to)}`,
        duration && `for ${duration.interval_count ?? '1'} × ${duration.interval}`,
        iterations && `for ${iterations} periods`,
      ].filter((one) => one !== undefined)
      const words = [items.map(itemWords).join(', '), ...span].join(', ')
      return fromAgent(`Phase ${index + 1}`, words)
    },
  )
}

function dateWords(text: string): string {
  if (text === 'now') return 'now'
  return new Date(Number(text) * 1000).toISOString().slice(0, 10)
}
