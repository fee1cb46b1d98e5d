import { password, startConsole } from '../server/console/setup.ts'
import { startAgentSite } from './agent-site.ts'
import { launchChromium } from './chromium.ts'
const mara = 'mara@shop.example'
const first = [{ type: 'gmail', actions: ['messages.read'], to: { addresses: ['support@shop.example'] }, newer_than_days: 30 },
  { type: 'stripe', actions: ['refunds.create'], amount: { currency: 'eur', max: 2000 } }]
const details = [
  { type: 'gmail', actions: ['messages.read', 'messages.reply'], to: { addresses: ['support@shop.example'] }, newer_than_days: 30 },
  { type: 'gmail', actions: ['messages.send'], recipients: { domains: ['parcel.example'], addresses: ['warehouse@shop.example'], max: 3 }, attachments: 'any' },
  { type: 'stripe', actions: ['refunds.create'], amount: { currency: 'eur', max: 5000 }, limits: [{ per: 'day', amount: 20000, currency: 'eur' }] },
  { type: 'stripe', actions: ['customers.update'], fields: ['email', 'name', 'metadata'] },
]
await using remit = await startConsole()
const site = await startAgentSite()
const chromium = await launchChromium()
const buyer = await remit.addBuyer(mara)
await remit.database.db.insertInto('connections').values({ id: 'c_s', buyer_id: buyer.id, provider: 'stripe', account: 'acct_1', sealed: 'x' }).execute()
const agent = await remit.addAgent({ client_name: 'Helpdesk Assistant', redirect_uris: [site.callback] })
for (const [name, colorScheme, width] of [['light', 'light', 1000], ['dark', 'dark', 1000], ['phone', 'light', 390], ['phone-dark', 'dark', 390]] as const) {
  const context = await chromium.newContext({ colorScheme, viewport: { width, height: 800 }, locale: 'de-DE' })
  const page = await context.newPage()
  await page.goto(await agent.push(first))
  await page.getByLabel('E-mail address').fill(mara)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow what is ticked' }).click()
  await page.waitForURL(site.home)
  await page.goto(await agent.push(details))
  await page.getByRole('group', { name: 'Refund charges' }).getByText('Make this narrower').click()
  await page.getByRole('group', { name: 'Send new mail' }).getByText('Make this narrower').click()
  await page.screenshot({ path: `/tmp/consent-shots/consent-${name}.png`, fullPage: true })
  await page.getByRole('button', { name: 'Support assistant' }).click()
  await page.screenshot({ path: `/tmp/consent-shots/preset-${name}.png`, fullPage: true })
  console.log(name, await page.evaluate('document.documentElement.scrollWidth'))
  await context.close()
  await remit.database.db.deleteFrom('grants').execute()
}
await chromium.close(); await site.close()
