import type { Row } from '../row.ts'
import { billing } from './billing.ts'
import { catalog } from './catalog.ts'
import { customers } from './customers.ts'
import { payments } from './payments.ts'
import { platform } from './platform.ts'

/** the shop on the morning of a test; `now` in seconds */
export function seed(now: number): Record<string, Row[]> {
  return {
    ...customers(now),
    ...payments(now),
    ...catalog(now),
    ...billing(now),
    ...platform(now),
  }
}
