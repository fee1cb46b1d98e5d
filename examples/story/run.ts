/**
 * The whole story on this machine, on real protocol traffic: `npm run demo`. Authority, console and fronts run as the
 * server's own process on an embedded database; only Gmail and Stripe are stand-ins. Ends with 0 when every step went as it must.
 */
import { once } from 'node:events'
import { setStage } from '../stage.ts'
import { tell } from './scenes.ts'
import { Story } from './table.ts'

await using cleanup = new AsyncDisposableStack()
const say = (line = ''): void => console.log(line)
say('Starting authority, console, the fronts, and stand-ins for Gmail, HubSpot and Stripe…\n')
const stage = await setStage(cleanup)
const story = new Story(say)
await tell(stage, story)
report()
if (process.argv.includes('--stay')) await stay()

function report(): void {
  const surprises = story.surprises
  say()
  if (surprises.length === 0) {
    say(`All ${story.count} steps went as they must.`)
    return
  }
  say(`${surprises.length} of ${story.count} steps did not go as they must:`)
  for (const step of surprises) say(`  ${step.tried}: ${step.answer}`)
  process.exitCode = 1
}

async function stay(): Promise<void> {
  say(`\nconsole   ${stage.issuer}/`)
  say(`sign in   ${stage.email}`)
  say(`password  ${stage.password}`)
  say(
    `fronts    ${stage.front} (Gmail), ${stage.hubspotFront} (HubSpot), ${stage.stripeFront} (Stripe)`,
  )
  say('\nStill running; Ctrl-C ends it.')
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  await once(stop.signal, 'abort')
}
