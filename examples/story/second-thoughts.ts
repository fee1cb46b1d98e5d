/** The buyer changes her mind about a grant that is in use: less of one thing, a little more of another, and then everything stops. */
import { inspect } from '../../capabilities/index.ts'
import { SEED } from '../../test/fakes/gmail/index.ts'
import { mailbox, refresh, reply, type Registration, type Tokens } from './agent.ts'
import { findForm, readableText, type Browser, type Page } from './browser.ts'
import { ANSWER } from './more-work.ts'
import type { Narration } from './narration.ts'

/** gives what the agent has in the end */
export async function thinkAgain(
  narration: Narration,
  buyer: Browser,
  agent: Registration,
  more: Tokens,
): Promise<Tokens> {
  const { front, issuer } = narration.stage
  const grant = `${issuer}/grants/${inspect(more.accessToken).grantId ?? ''}`
  const page = await buyer.open(grant)
  const [bar] = /2 of 2 replies this hour/.exec(page.html) ?? []
  narration.note('buyer', 'opens the grant', `a full bar: ${bar ?? 'none'}`, bar !== undefined)

  await takeLabelsBack(narration, buyer, `${grant}/change`)
  await narration.refused('agent', 'goes on with the token it has', 401, async () =>
    read(front, more.accessToken),
  )
  const renewed = await refresh(agent, more, front)
  await narration.attempt('agent', 'renews it and reads on', async () => {
    await read(front, renewed.accessToken)
    return { answer: '200', expected: true }
  })
  await narration.refused('agent', 'puts the label Orders on a mail', 403, async () =>
    mailbox(front, renewed.accessToken).users.messages.modify({
      userId: 'me',
      id: SEED.html.id,
      requestBody: { addLabelIds: [SEED.labels.orders] },
    }),
  )

  await allowOneReplyMore(narration, buyer, `${grant}/change`)
  const again = await refresh(agent, renewed, front)
  await narration.attempt('agent', 'renews once more and answers a third time', async () => {
    const { id } = await reply(mailbox(front, again.accessToken), ANSWER)
    return { answer: `200, message ${id ?? '?'}`, expected: id !== undefined }
  })
  await narration.refused('agent', 'answers a fourth time: nothing was reset', 403, async () =>
    reply(mailbox(front, again.accessToken), ANSWER),
  )

  await stopEverything(narration, buyer, grant)
  await narration.refused('agent', 'reads', 403, async () => read(front, again.accessToken))
  const resumed = await buyer.submit(findForm(await buyer.open(grant), '/resume'))
  narration.note('buyer', 'resumes this one', 'Resumed', resumed.status === 200)
  await narration.attempt('agent', 'reads, with the token that it kept', async () => {
    await untilKnown(() => read(front, again.accessToken))
    return { answer: '200', expected: true }
  })
  return again
}

async function read(front: string, token: string): Promise<unknown> {
  return mailbox(front, token).users.messages.get({ userId: 'me', id: SEED.html.id })
}

async function takeLabelsBack(narration: Narration, buyer: Browser, form: string): Promise<void> {
  const page = await submit(buyer, form, (fields, control) => {
    fields.delete(control('-labels-apply'))
  })
  const said = sayingOf(page, 'Changed.')
  narration.note('buyer', 'unticks changing labels', said ?? 'no answer', said !== undefined)
}

/** what becomes possible is read before it is */
async function allowOneReplyMore(
  narration: Narration,
  buyer: Browser,
  form: string,
): Promise<void> {
  const shown = await submit(buyer, form, (fields, control) => {
    fields.set(control('-reply.limit-hour-calls'), '3')
  })
  const difference = sayingOf(shown, 'Reply to e-mail', -1)
  narration.note(
    'buyer',
    'raises 2 replies an hour to 3, and is shown what becomes possible',
    difference ?? 'no difference',
    shown.html.includes('What becomes possible') && difference?.includes('3') === true,
  )
  const page = await buyer.submit(findForm(shown, '/change'))
  const said = sayingOf(page, 'Changed.')
  narration.note('buyer', 'confirms it', said ?? 'no answer', said !== undefined)
}

async function stopEverything(narration: Narration, buyer: Browser, grant: string): Promise<void> {
  const page = await buyer.submit(
    findForm(await buyer.open(new URL('/grants', grant)), '/grants/stop-all'),
  )
  const said = sayingOf(page, 'fronts know it')
  narration.note('buyer', 'presses “Stop everything”', said ?? 'no answer', said !== undefined)
}

async function submit(
  buyer: Browser,
  path: string,
  change: (fields: URLSearchParams, control: (ending: string) => string) => void,
): Promise<Page> {
  const form = findForm(await buyer.open(path), '/change')
  const control = (ending: string): string => {
    const found = form.controls.find(({ name }) => name.endsWith(ending))
    if (!found) throw new Error(`the form has no control \`${ending}\``)
    return found.name
  }
  return buyer.submit(form, (fields) => change(fields, control))
}

function sayingOf(page: Page, words: string, place = 0): string | undefined {
  // a sentence of the page may stand on several lines of its source
  return readableText(page.html.replaceAll('\n', ' '))
    .split('\n')
    .filter((line) => line.includes(words))
    .at(place)
}

/** a front hears of it within a moment; nobody waits for it as they do for a stop */
async function untilKnown(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await work()
      return
    } catch (error) {
      if (tries === 20) throw error
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}
