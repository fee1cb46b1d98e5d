import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWelcomeLink } from '../../server/console/people/welcome-links.ts'
import { startConnectionsDesk, type ConnectionsDesk } from '../server/console/connections-desk.ts'
import { password } from '../server/console/setup.ts'
import { startAgentSite, type AgentSite } from './agent-site.ts'
import { launchChromium } from './chromium.ts'

// From an empty server to an agent with a token: everything that a buyer does, in the order in which she is led.
let chromium: Browser
let desk: ConnectionsDesk
let site: AgentSite
beforeAll(async () => {
  ;[chromium, desk, site] = await Promise.all([
    launchChromium(),
    startConnectionsDesk(),
    startAgentSite(),
  ])
})
afterAll(async () => {
  await Promise.all([chromium.close(), site.close()])
  await desk[Symbol.asyncDispose]()
})

describe.each([
  { name: 'on a phone, without scripts', width: 390, javaScriptEnabled: false },
  { name: 'at a desk', width: 1000, javaScriptEnabled: true },
])('from the first link to the first grant, $name', ({ width, javaScriptEnabled }) => {
  test('the agent gets what she left of its request, and nothing else', async () => {
    const { remit, gmail } = desk
    const { db } = remit.database
    await db.deleteFrom('buyers').execute()
    gmail.reset()
    const agent = await remit.addAgent({ redirect_uris: [site.callback] })
    const options = { viewport: { width, height: 780 }, javaScriptEnabled }
    const page = await (await chromium.newContext(options)).newPage()

    await page.goto(await createWelcomeLink(db, remit.origin, { for: 'first' }))
    await page.getByLabel('Your e-mail address').fill('mara@shop.example')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Create my account' }).click()
    await page.getByRole('heading', { name: 'First steps' }).waitFor()

    // the agent comes before she has connected anything: the request waits
    await page.goto(
      await agent.push([
        { type: 'gmail', actions: ['messages.read'], newer_than_days: 30 },
        { type: 'gmail', actions: ['messages.send'], recipients: { domains: ['shop.example'] } },
      ]),
    )
    await page.getByRole('link', { name: 'Connect your Gmail account' }).click()
    const room = page.locator('#gmail')
    await room.getByLabel('Answer and send mail').check()
    await room.getByRole('button', { name: 'Connect with Google' }).click()
    await page.getByRole('heading', { name: 'Google asks' }).waitFor()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('link', { name: 'go back to the request' }).click()

    await page.getByRole('heading', { name: 'An agent asks to work in your name' }).waitFor()
    await page.getByRole('checkbox', { name: 'Send new mail' }).uncheck()
    await page.getByRole('group', { name: 'Read mail' }).getByText('Make this narrower').click()
    await page.getByLabel('Days old, at most').first().fill('7')
    await page.getByRole('button', { name: 'Allow what is ticked' }).click()
    await page.waitForURL(site.home)

    const [received] = site.received.splice(0)
    const { status, body } = await agent.redeem(received?.get('code') ?? '')
    expect(status).toBe(200)
    expect(body['authorization_details']).toMatchObject([
      { actions: ['messages.read'], newer_than_days: 7 },
    ])
    expect(JSON.stringify(body['authorization_details'])).not.toContain('messages.send')
    await page.goto(`${remit.origin}/welcome`)
    await page.getByRole('heading', { name: 'Everything is set up' }).waitFor()
    await page.getByRole('link', { name: 'Agents' }).first().click()
    await page.getByText('received in the last 7 days').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
    await page.context().close()
  })
})
