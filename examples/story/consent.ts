import type { Stage } from '../stage.ts'
import { findForm, readableText, type Browser, type Form, type Page } from './browser.ts'
import type { Narration } from './narration.ts'

/** the buyer reads the proposal, cuts it down and consents; gives the address that her browser is sent back to */
export async function consent(
  narration: Narration,
  buyer: Browser,
  proposal: string | URL,
): Promise<URL> {
  const page = await signIn(narration.stage, buyer, proposal)
  const lines = readableText(page.html).split('\n')
  const absent = lines.slice(lines.findIndex((line) => line.includes('cannot')) + 1).slice(0, 3)
  narration.note(
    'buyer',
    'signs in and reads the proposal',
    `even then, it still cannot: ${absent.join('; ')}; …`,
    page.status === 200 && absent.length === 3,
  )
  const form = findForm(page, '/confirm')
  const sending = control(form, '-send')
  const days = control(form, '-read.days')
  const answered = await buyer.submit(form, (fields) => {
    fields.delete(sending)
    fields.set(days, '30')
  })
  return told(
    narration,
    'limits reading to 30 days, unticks new mail to colleagues, allows the rest',
    answered,
  )
}

/** the second proposal, which comes with the agent's own key; she is still signed in */
export async function consentToKey(
  narration: Narration,
  buyer: Browser,
  proposal: string | URL,
): Promise<URL> {
  const page = await buyer.open(proposal)
  const text = readableText(page.html).replaceAll('\n', ' ')
  const [said] = /Only this agent\.[^.]*\./.exec(text) ?? []
  const read = said === undefined ? 'the page does not speak of a key' : `“${said}”`
  narration.note('buyer', 'reads who can use it', read, said !== undefined)
  return told(narration, 'allows it', await buyer.submit(findForm(page, '/confirm')))
}

/** the third: she lowers a number that the agent proposed */
export async function consentToMore(
  narration: Narration,
  buyer: Browser,
  proposal: string | URL,
): Promise<URL> {
  const form = findForm(await buyer.open(proposal), '/confirm')
  const replies = control(form, '-reply.limit-hour-calls')
  const answered = await buyer.submit(form, (fields) => fields.set(replies, '2'))
  return told(narration, 'lowers it to 2 replies an hour, allows the rest', answered)
}

async function signIn(stage: Stage, buyer: Browser, proposal: string | URL): Promise<Page> {
  const page = await buyer.open(proposal)
  return buyer.submit(findForm(page, '/login'), (fields) => {
    fields.set('email', stage.email)
    fields.set('password', stage.password)
  })
}

function control(form: Form, ending: string): string {
  const found = form.controls.find((each) => each.name.endsWith(ending))
  if (!found) throw new Error(`the consent page has no control \`${ending}\``)
  return found.name
}

function told(narration: Narration, tried: string, answered: Page): URL {
  const text =
    answered.status === 0
      ? 'back to the agent with a code'
      : readableText(answered.html).slice(0, 200)
  narration.note('buyer', tried, text, answered.url.searchParams.has('code'))
  return answered.url
}
