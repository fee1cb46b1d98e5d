import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Capability } from '../../../capabilities/index.ts'
import { Browser, fieldsOf, type Page } from './browser.ts'
import { password, startConsole, type TestAgent, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
const all = [
  { type: 'gmail', actions: ['messages.read'], from: { domains: ['shop.example'] } },
  {
    type: 'gmail',
    actions: ['messages.reply', 'messages.send'],
    recipients: { participants: true, domains: ['shop.example'] },
    limits: [{ per: 'hour', calls: 20 }],
  },
  { type: 'gmail', actions: ['drafts.write'] },
  { type: 'gmail', actions: ['labels.apply'], add: ['Done', 'Waiting for us'], remove: ['UNREAD'] },
  { type: 'gmail', actions: ['messages.trash'], from: { domains: ['shop.example'] } },
  { type: 'gmail', actions: ['history.read'] },
]
const hourly = 'row-1-reply.limit-hour-calls-together'

let remit: TestConsole
let agent: TestAgent
/** signed in once: passwords are slow on purpose */
let hers: Browser

beforeAll(async () => {
  remit = await startConsole()
  agent = await remit.addAgent()
  await remit.addBuyer(mara)
  hers = new Browser(remit.origin)
  const page = await hers.follow(await hers.get('/grants'))
  const fields = fieldsOf(page, /\/sign-in/u)
  const url = /action="([^"]*\/sign-in[^"]*)"/u.exec(page.text)?.[1] ?? ''
  await hers.post(url, { ...fields, email: mara, password })
})
afterAll(() => remit.close())

async function openConsent(details: unknown = all): Promise<Page> {
  const page = await hers.follow(await hers.get(await agent.push(details)))
  expect(page.text).toContain('What it may do with Gmail')
  return page
}

type Changes = Record<string, string | undefined>

async function confirm(page: Page, changes: Changes): Promise<Page> {
  const fields = Object.entries({ ...fieldsOf(page, /\/confirm$/u), ...changes })
  const posted = fields.filter((field): field is [string, string] => field[1] !== undefined)
  const url = `${new URL(page.url).pathname.replace(/\/confirm$/u, '')}/confirm`
  return hers.follow(await hers.post(url, Object.fromEntries(posted)))
}

/** what the agent has in the end */
async function granted(page: Page): Promise<Capability[]> {
  const code = new URL(page.location ?? '').searchParams.get('code')
  const { status, body } = await agent.redeem(String(code))
  expect(status).toBe(200)
  return body['authorization_details'] as Capability[]
}

async function countGrants(): Promise<number> {
  const rows = await remit.database.db.selectFrom('grants').select('id').execute()
  return rows.length
}

/** nothing is granted, and `sentence` stands beside `place`, with a way to it from the top */
async function expectRefused(
  changes: Changes,
  place: string,
  sentence: string,
  details: unknown = all,
): Promise<Page> {
  const before = await countGrants()
  const again = await confirm(await openConsent(details), changes)
  expect(await countGrants()).toBe(before)
  expect(again.status).toBe(422)
  const links = [...again.text.matchAll(/<a href="#(row[^"]*)"/gu)].map(([, link]) => link)
  expect(links).toEqual([place])
  const beside = [...again.text.matchAll(/<p class="field-problem"[^>]*>([^<]*)/gu)]
  expect(beside.map(([, text]) => text)).toEqual([expect.stringContaining(sentence)])
  return again
}

test('a row asks only what can be granted: numbers where something is counted, nothing about changes', async () => {
  const page = await openConsent()
  const fields = Object.keys(fieldsOf(page, /\/confirm$/u))
  const limited = fields.filter((field) => field.includes('.limit-'))
  expect(new Set(limited.map((field) => field.split('.')[0]))).toEqual(
    new Set(['row-0-read', 'row-1-reply', 'row-1-send']),
  )
  // nothing but its hours
  expect(fields.filter((field) => field.startsWith('row-5-history'))).toEqual([
    'row-5-history-read',
    'row-5-history-read.hours-from',
    'row-5-history-read.hours-to',
    'row-5-history-read.hours-days',
    'row-5-history-read.hours-zone',
  ])
  expect(page.text.match(/role="group"/gu)).toHaveLength(7)
  expect(page.text.match(/Make this narrower/gu)).toHaveLength(7)
})

describe('labels that it may change', () => {
  test('one can be removed, and the others stay', async () => {
    const answer = await confirm(await openConsent(), { 'row-3-labels-apply.add': 'Done' })
    expect(await granted(answer)).toContainEqual(
      expect.objectContaining({ actions: ['labels.apply'], add: ['Done'], remove: ['UNREAD'] }),
    )
  })

  test('one side can be emptied', async () => {
    const answer = await confirm(await openConsent(), { 'row-3-labels-apply.add': '' })
    expect(await granted(answer)).toContainEqual(
      expect.objectContaining({ actions: ['labels.apply'], add: [], remove: ['UNREAD'] }),
    )
  })

  test.each<[string, Changes, string, unknown]>([
    [
      'both sides cannot',
      { 'row-3-labels-apply.add': ' \r\n', 'row-3-labels-apply.remove': '' },
      'row-3-labels-apply',
      all,
    ],
    [
      'nor the only one',
      { 'row-0-labels-apply.add': '' },
      'row-0-labels-apply.add',
      [{ type: 'gmail', actions: ['labels.apply'], add: ['Done'] }],
    ],
  ])('%s', async (_, changes, place, details) => {
    const sentence = 'Leave at least one label, or untick the row.'
    await expectRefused(changes, place, sentence, details)
  })

  test.each(['Done\nFinance', 'INBOX'])('none can be added: %j', async (answer) => {
    const field = 'row-3-labels-apply.add'
    const before = await countGrants()
    const again = await confirm(await openConsent(), { [field]: answer })
    expect(await countGrants()).toBe(before)
    expect(again.text).toContain(`href="#${field}"`)
  })
})

describe('a row chosen by a label that another lets the agent change', () => {
  const field = 'row-0-read.labels'

  test('is refused beside the row, in words for its reader', async () => {
    const again = await expectRefused(
      { [field]: 'Waiting for us' },
      field,
      '“Waiting for us” is a label that the agent may change (see “Change labels”)',
    )
    expect(again.text).not.toContain('same grant')
    expect(fieldsOf(again, /\/confirm$/u)[field]).toBe('Waiting for us')
  })

  test('passes once the label is removed there, or the other row unticked', async () => {
    for (const changes of [
      { 'row-3-labels-apply.add': 'Done' },
      { 'row-3-labels-apply': undefined },
    ]) {
      const again = await confirm(await openConsent(), { [field]: 'Waiting for us' })
      expect(again.status).toBe(422)
      expect(await granted(await confirm(again, changes))).toContainEqual(
        expect.objectContaining({ actions: ['messages.read'], labels: ['Waiting for us'] }),
      )
    }
  })
})

describe('a limit', () => {
  test('can be lowered for one row, and still counts both together', async () => {
    const answer = await confirm(await openConsent(), { [hourly]: '5' })
    const limits = (await granted(answer)).flatMap(({ actions, limits }) =>
      limits ? [[actions, limits]] : [],
    )
    expect(limits).toEqual([
      [['messages.send'], [{ per: 'hour', calls: 20, together: true }]],
      [['messages.reply'], [{ per: 'hour', calls: 5, together: true }]],
    ])
  })

  test.each(['21', '', '1e1', '99999999999'])('cannot become %j', async (answer) => {
    const sentence = 'Enter a whole number from 1 to 20.'
    const again = await expectRefused({ [hourly]: answer }, hourly, sentence)
    expect(fieldsOf(again, /\/confirm$/u)[hourly]).toBe(answer)
  })

  test('of millions can be lowered too', async () => {
    const details = [
      { type: 'gmail', actions: ['messages.read'], limits: [{ per: 'grant', calls: 5_000_000 }] },
    ]
    const changes = { 'row-0-read.limit-grant-calls': '2000000' }
    expect(await granted(await confirm(await openConsent(details), changes))).toContainEqual(
      expect.objectContaining({ limits: [{ per: 'grant', calls: 2_000_000 }] }),
    )
  })

  test('can be set where none was asked', async () => {
    const answer = await confirm(await openConsent(), { 'row-0-read.limit-hour-calls': '30' })
    expect(await granted(answer)).toContainEqual(
      expect.objectContaining({ actions: ['messages.read'], limits: [{ per: 'hour', calls: 30 }] }),
    )
  })
})

test('passages of other conversations can be kept out, row by row, where they were not already', async () => {
  const asked = [
    { type: 'gmail', actions: ['messages.reply'] },
    { type: 'gmail', actions: ['drafts.write'], body: { echo: 'none' } },
  ]
  const page = await openConsent(asked)
  const fields = Object.keys(fieldsOf(page, /\/confirm$/u))
  expect(page.text).toContain('without passages from other conversations')
  expect(fields).not.toContain('row-1-drafts-write.echo')
  const [reply] = await granted(await confirm(page, { 'row-0-reply.echo': 'on' }))
  expect(reply?.body).toEqual({ echo: 'none' })
})

describe('hours', () => {
  const office = {
    'row-0-read.hours-from': '09:00',
    'row-0-read.hours-to': '17:30',
    'row-0-read.hours-days': 'mon-fri',
    'row-0-read.hours-zone': 'Europe/Berlin',
  }

  test('can be set where none were asked, in the zone that she names', async () => {
    const answer = await confirm(await openConsent(), office)
    expect(await granted(answer)).toContainEqual(
      expect.objectContaining({
        actions: ['messages.read'],
        hours: {
          zone: 'Europe/Berlin',
          days: ['mon', 'tue', 'wed', 'thu', 'fri'],
          from: '09:00',
          to: '17:30',
        },
      }),
    )
  })

  test('a zone alone limits nothing, and a time alone is in the zone of the page', async () => {
    const zoneOnly = await confirm(await openConsent(), { 'row-0-read.hours-zone': 'Asia/Tokyo' })
    expect((await granted(zoneOnly)).map(({ hours }) => hours)).toEqual(
      (await granted(await confirm(await openConsent(), {}))).map(() => undefined),
    )
    const timeOnly = await confirm(await openConsent(), { 'row-0-read.hours-from': '09:00' })
    const [hours] = (await granted(timeOnly)).flatMap(({ hours: asked }) => asked ?? [])
    expect(hours).toMatchObject({ zone: 'UTC', from: '09:00', to: '24:00' })
  })

  test.each<[Changes, string, string]>([
    [{ ...office, 'row-0-read.hours-to': '08:00' }, 'row-0-read.hours-to', 'later on the same day'],
    [{ 'row-0-read.hours-from': '25:00' }, 'row-0-read.hours-from', 'a time of day'],
    [{ 'row-0-read.hours-zone': 'Nowhere/Else' }, 'row-0-read.hours-zone', 'a time zone'],
    [{ 'row-0-read.hours-days': 'never' }, 'row-0-read.hours-days', 'answers offered'],
  ])('are refused where they are wrong: %j', async (changes, place, sentence) => {
    await expectRefused(changes, place, sentence)
  })

  test('that were asked can only become fewer', async () => {
    const hours = { zone: 'Europe/Paris', days: ['mon', 'tue'], from: '08:00', to: '18:00' }
    const details = [{ type: 'gmail', actions: ['messages.read'], hours }]
    const fewer = { 'row-0-read.hours-from': '09:00', 'row-0-read.hours-tue': undefined }
    expect(await granted(await confirm(await openConsent(details), fewer))).toContainEqual(
      expect.objectContaining({ hours: { ...hours, days: ['mon'], from: '09:00' } }),
    )
    const field = 'row-0-read.hours-to'
    await expectRefused({ [field]: '' }, field, 'more than the agent asked for', details)
  })
})

describe('guards on what it sends', () => {
  test('asking first for some of it, and words that must not be in it', async () => {
    const answer = await confirm(await openConsent(), {
      'row-1-send.ask-new-recipient': 'on',
      'row-1-send.refuse-iban': 'on',
      'row-1-send.refuse-payment-card': 'on',
    })
    expect(await granted(answer)).not.toEqual([])
    const { authorization_details: details } = await remit.database.db
      .selectFrom('grants')
      .select('authorization_details')
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    expect(details).toContainEqual(
      expect.objectContaining({
        actions: ['messages.send'],
        approval: { new_recipient: true },
        body: { refuse: ['iban', 'payment_card'] },
      }),
    )
  })

  test('are offered only where they say something', async () => {
    const page = await openConsent([
      { type: 'gmail', actions: ['messages.reply'], body: { refuse: ['iban'], echo: 'none' } },
    ])
    expect(page.text).not.toContain('row-0-reply.refuse-iban')
    expect(page.text).toContain('row-0-reply.refuse-private-key')
    // nobody but the people of the conversation, no files, no passages: nothing to ask about
    expect(page.text).not.toContain('row-0-reply.ask-')
  })

  test('ask each time wins over asking for some', async () => {
    const answer = await confirm(await openConsent(), {
      'row-1-send.ask-new-recipient': 'on',
      'row-1-send.ask': 'on',
    })
    const [sends] = (await granted(answer)).filter(({ actions }) => actions[0] === 'messages.send')
    expect(sends?.approval).toBe('always')
  })
})
