/** takes the pictures in docs/images: `npm exec -- node test/browser/screenshots.ts` */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { furnish, helpdesk, mara } from '../server/console/furnished.ts'
import { password, startConsole } from '../server/console/setup.ts'
import { startAgentSite } from './agent-site.ts'
import { launchChromium } from './chromium.ts'

const directory = join(import.meta.dirname, '..', '..', 'docs', 'images')

/** what is shown of each room, and in which of the ways people look at it */
const WAYS = [
  { name: 'light', colorScheme: 'light', width: 1000 },
  { name: 'dark', colorScheme: 'dark', width: 1000 },
  { name: 'phone', colorScheme: 'light', width: 390 },
] as const
const EVERY_WAY: readonly string[] = ['consent', 'agents']
const FIRST_LOOK: readonly string[] = ['consent', 'agents', 'approvals']
/** states of a room that has a picture */
const LEFT_OUT: readonly string[] = ['grant-paused', 'grant-revoked', 'call', 'token']

await mkdir(directory, { recursive: true })
await using remit = await startConsole({
  settings: { REMIT_GOOGLE_CLIENT_ID: 'shop', REMIT_GOOGLE_CLIENT_SECRET: 'not-a-secret' },
})
const furnished = await furnish(remit)
const site = await startAgentSite()
const chromium = await launchChromium()
// one that nobody has allowed anything yet
const stranger = await remit.addAgent({
  client_name: 'Helpdesk Assistant',
  redirect_uris: [site.callback],
})

for (const { name, colorScheme, width } of WAYS) {
  const context = await chromium.newContext({
    colorScheme,
    viewport: { width, height: 780 },
    locale: 'en-GB',
  })
  await walk(context, async (page, room) => {
    if (LEFT_OUT.includes(room) || (name !== 'light' && !EVERY_WAY.includes(room))) return
    // the examples go on for long
    const fullPage = room !== 'developers'
    await page.screenshot({ path: join(directory, `${room}-${name}.png`), fullPage })
  })
  await context.close()
}
// the beginning of three rooms, as they stand side by side in the README
const small = await chromium.newContext({ viewport: { width: 740, height: 900 }, locale: 'en-GB' })
await walk(small, async (page, room) => {
  if (!FIRST_LOOK.includes(room)) return
  await page.screenshot({ path: join(directory, `${room}-top.png`) })
})
await small.close()
await chromium.close()
await site.close()

async function walk(
  context: BrowserContext,
  take: (page: Page, room: string) => Promise<void>,
): Promise<void> {
  const page = await context.newPage()
  await page.goto(await stranger.push(helpdesk))
  await take(page, 'sign-in')
  await page.getByLabel('E-mail address').fill(mara)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'An agent asks to work in your name' }).waitFor()
  await take(page, 'consent')
  await page.getByRole('group', { name: 'Refund charges' }).getByText('Make this narrower').click()
  await page.getByRole('checkbox', { name: 'Read mail' }).uncheck()
  await page.getByLabel('Each time, at most').first().fill('a lot')
  await page.getByRole('button', { name: 'Allow what is ticked' }).click()
  await take(page, 'consent-problem')
  for (const [room, path] of Object.entries(furnished.rooms)) {
    await page.goto(`${remit.origin}${path}`)
    if (room === 'change') {
      await page.getByRole('group', { name: 'Refund charges' }).getByText('Change this').click()
      await take(page, room)
      await page.getByLabel('Ask me first above').fill('40')
      await page.getByRole('button', { name: 'Go on' }).click()
      await take(page, 'what-becomes-possible')
    } else {
      await take(page, room)
    }
  }
}
