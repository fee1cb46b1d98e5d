import { randomBytes } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { expect, it, vi } from 'vitest'
import { loadConfig } from '../../../server/config.ts'
import type { LogEvent } from '../../../server/log.ts'
import { startRemit } from '../../../server/start.ts'
import { makeDataDirectory } from '../../support/data-directory.ts'
import { aboutRefund, addBuyer, put, startHookServer, startMailServer } from './setup.ts'

it('the authority sends what is in the outbox by every way that is set up, and stops', async () => {
  await using mail = await startMailServer()
  await using hook = await startHookServer()
  await using directory = await makeDataDirectory()
  const port = String(await findFreePort())
  const config = loadConfig({
    REMIT_DATA: directory.path,
    REMIT_ROLES: 'authority',
    REMIT_AUTHORITY_PORT: port,
    REMIT_SMTP_URL: mail.url,
    REMIT_MAIL_FROM: 'remit@op.example',
    REMIT_WEBHOOK_URL: hook.url,
    REMIT_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
  })
  const events: LogEvent[] = []
  {
    await using running = await startRemit(config, (event) => void events.push(event))
    const { database } = running.foundation
    await put(database, aboutRefund(await addBuyer(database, 'ada@buyer.example')))
    await vi.waitFor(() => expect([mail.mails.length, hook.calls.length]).toEqual([1, 1]), 10_000)
    await vi.waitFor(
      () => expect(events.filter(({ event }) => event === 'notification_sent')).toHaveLength(2),
      10_000,
    )
    expect(await database.db.selectFrom('notifications').select('id').execute()).toEqual([])
  }
  expect(mail.mails).toMatchObject([{ to: ['ada@buyer.example'] }])
  expect(mail.mails[0]?.source).toContain(`http://127.0.0.1:${port}/approvals/apr_1`)
})

async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
