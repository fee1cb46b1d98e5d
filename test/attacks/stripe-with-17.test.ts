import { expect, test } from 'vitest'
import '../support/use-stripe-17.ts'
import { stock } from '../support/stripe-clients.ts'
import './stripe-reading.test.ts'
import './stripe-refunds.test.ts'

test('the older client is the one that these suites run with', () => {
  expect(stock.Client.PACKAGE_VERSION).toMatch(/^17\./)
})
