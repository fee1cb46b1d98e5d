import { moneyWords, type Money } from '../../../capabilities/index.ts'
import type { JsonObject } from '../../operation.ts'
import type { ApprovalRow } from '../../ports.ts'
import { isRecord } from '../../is-record.ts'

const MAX_TEXT = 200

export function fromStripe(label: string, value: string | undefined): ApprovalRow[] {
  return value === undefined ? [] : [{ label, value: value.slice(0, MAX_TEXT), from: 'provider' }]
}

export function fromAgent(label: string, value: string | undefined): ApprovalRow[] {
  return value === undefined ? [] : [{ label, value: value.slice(0, MAX_TEXT), from: 'agent' }]
}

export function moneyRow(
  label: string,
  { amount, currency }: Money,
  from: ApprovalRow['from'],
): ApprovalRow {
  return { label, value: moneyWords(amount, currency), from }
}

/** `of cus_1`, or nothing */
export function ofWords(customer: string | undefined): string {
  return customer === undefined ? '' : ` of ${customer}`
}

/** the agent's own words to whoever reads the shop's Stripe account */
export function noteRows(metadata: Readonly<Record<string, string>> = {}): ApprovalRow[] {
  return Object.entries(metadata).flatMap(([name, value]) => fromAgent(`Note ${name}`, value))
}

/** what would be written, each with what stands there now */
export function changeRows(
  written: JsonObject,
  before: Readonly<Record<string, unknown>>,
): ApprovalRow[] {
  return leavesOf(written).flatMap(([path, value]) => {
    const name = path.join('.')
    const now = valueAt(before, path)
    return [
      ...fromStripe(`${name} now`, now === undefined || now === '' ? '(nothing)' : now),
      ...fromAgent(`${name} then`, value === '' ? '(nothing)' : value),
    ]
  })
}

type Leaf = readonly [path: readonly string[], value: string]

function leavesOf(value: unknown, path: readonly string[] = []): Leaf[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => leavesOf(item, [...path, String(index)]))
  }
  if (isRecord(value)) {
    return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
  }
  return [[path, String(value)]]
}

function valueAt(object: unknown, path: readonly string[]): string | undefined {
  let value: unknown = object
  for (const name of path) {
    if (Array.isArray(value)) value = (value as unknown[])[Number(name)]
    else if (isRecord(value) && Object.hasOwn(value, name)) value = value[name]
    else return undefined
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}
