import { refundWithApproval, REFUNDS } from '../refund-with-approval/refunds.ts'
import { grantByOperator } from '../stage.ts'
import { findForm, readableText, type Browser } from './browser.ts'
import type { Narration } from './narration.ts'
import type { Story } from './table.ts'

/** the operator grants, the buyer approves on her page */
export async function refundByConsent(
  { stage }: Narration,
  story: Story,
  buyer: Browser,
): Promise<void> {
  const token = await grantByOperator(stage, REFUNDS, 'stripe')
  await refundWithApproval(stage, story, token, async () => {
    const page = await buyer.open(`${stage.issuer}/approvals`)
    const card = readableText(page.html)
      .split('\n')
      .find((line) => line.startsWith('Refund '))
    const after = await buyer.submit(findForm(page, '/approve'))
    return after.status === 200 && card !== undefined ? `“${card}”: approved` : 'no card'
  })
}
