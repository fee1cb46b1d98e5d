/** takes the pictures in docs/images: `npm exec -- node test/browser/screenshots.ts` */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { password, startConsole } from '../server/console/setup.ts'
import { startAgentSite } from './agent-site.ts'
import { launchChromium } from './chromium.ts'

const directory = join(import.meta.dirname, '..', '..', 'docs', 'images')
const mara = 'mara@shop.example'

const helpdesk = [
  {
    type: 'gmail',
    actions: ['messages.read', 'messages.reply'],
    to: { addresses: ['support@shop.example'] },
    newer_than_days: 30,
    body: { refuse: ['payment_card', 'iban'] },
  },
  {
    type: 'gmail',
    actions: ['messages.send'],
    recipients: { domains: ['parcel.example'], addresses: ['warehouse@shop.example'], max: 3 },
    attachments: 'any',
  },
]

const screens = [
  {
    name: 'light',
    colorScheme: 'light',
    width: 1000,
    height: 760,
    rooms: ['sign-in', 'consent', 'consent-problem', 'grants'],
  },
  { name: 'dark', colorScheme: 'dark', width: 1000, height: 760, rooms: ['consent', 'grants'] },
  { name: 'phone', colorScheme: 'light', width: 390, height: 780, rooms: ['consent', 'grants'] },
] as const

await mkdir(directory, { recursive: true })
await using remit = await startConsole()
const site = await startAgentSite()
const chromium = await launchChromium()
await remit.addBuyer(mara)
const agent = await remit.addAgent({
  client_name: 'Helpdesk Assistant',
  redirect_uris: [site.callback],
})
const invoices = await remit.addAgent({
  client_name: 'Invoice Sorter',
  redirect_uris: [site.callback],
})

for (const { name, colorScheme, width, height, rooms } of screens) {
  const context = await chromium.newContext({
    colorScheme,
    viewport: { width, height },
    locale: 'en-GB',
  })
  const page = await context.newPage()
  const take = async (room: string): Promise<void> => {
    if (!rooms.some((one) => one === room)) return
    await page.screenshot({ path: join(directory, `${room}-${name}.png`), fullPage: true })
  }
  await page.goto(await agent.push(helpdesk))
  await take('sign-in')
  await signIn(page)
  await page.getByRole('group', { name: 'Answer mail' }).getByText('Make this narrower').click()
  await take('consent')
  await page.getByRole('group', { name: 'Send new mail' }).getByText('Make this narrower').click()
  await page.getByLabel('Whom it may write to').fill('parcel.example\nanybody@elsewhere.example')
  await page.getByRole('checkbox', { name: 'Read mail' }).uncheck()
  await page.getByRole('button', { name: 'Allow what is ticked' }).click()
  await take('consent-problem')
  await page.getByRole('checkbox', { name: 'Read mail' }).check()
  await page.getByLabel('Whom it may write to').fill('warehouse@shop.example')
  await page.getByRole('button', { name: 'Allow what is ticked' }).click()
  await page.waitForURL(site.home)
  await page.goto(await invoices.push([{ type: 'gmail', actions: ['messages.read'] }]))
  await page.getByRole('button', { name: 'Allow what is ticked' }).click()
  await page.waitForURL(site.home)
  await rememberRefusals()
  await page.goto(`${remit.origin}/grants`)
  await page.getByText('Revoke…').first().click()
  await page.getByRole('button', { name: 'Revoke this grant' }).first().click()
  await page.getByRole('status').waitFor()
  await page.getByText('Revoke…').first().click()
  await take('grants')
  await context.close()
  await remit.database.db.deleteFrom('grants').execute()
}
await chromium.close()
await site.close()

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('E-mail address').fill(mara)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'An agent asks to work in your name' }).waitFor()
}

/** as a front records what an injected mail made the agent try */
async function rememberRefusals(): Promise<void> {
  const grants = await remit.database.db
    .selectFrom('grants')
    .select('id')
    .where('client_id', '=', agent.clientId)
    .execute()
  await remit.database.db
    .insertInto('records')
    .values(
      grants.map(({ id }) => ({
        id: `d_${id}`,
        at: new Date(),
        provider: 'gmail',
        grant_id: id,
        operation: 'gmail.users.messages.send',
        request: '{}',
        decision: 'deny' as const,
        explanation: 'audit@evil.example is not in this conversation',
        lineage: [],
        outcome: 'refused' as const,
      })),
    )
    .execute()
}
