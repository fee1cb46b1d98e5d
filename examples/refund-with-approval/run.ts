/**
 * An agent for refunds with Stripe's own client: $20 pass, $80 wait for the buyer, pass once when she has said yes, and then the
 * budget of the day refuses: `node examples/refund-with-approval/run.ts`. Ends with 0 when every step went as it must.
 */
import { grantByOperator, setStage } from '../stage.ts'
import { remit } from '../story/processes.ts'
import { Story } from '../story/table.ts'
import { refundWithApproval, REFUNDS } from './refunds.ts'

await using cleanup = new AsyncDisposableStack()
const say = (line: string): void => console.log(line)
say('Starting a server and a stand-in for Stripe…\n')
const stage = await setStage(cleanup)
const story = new Story(say)
const token = await grantByOperator(stage, REFUNDS, 'stripe')
await refundWithApproval(stage, story, token, async (id) => {
  const waiting = await remit(['approvals', 'list'], stage.env)
  if (!waiting.includes(id)) return 'it does not wait'
  return (await remit(['approvals', 'approve', id], stage.env)).trim()
})
const { count, surprises } = story
say(
  surprises.length === 0
    ? `\nAll ${count} steps went as they must.`
    : `\n${surprises.length} of ${count} steps did not go as they must.`,
)
if (surprises.length > 0) process.exitCode = 1
