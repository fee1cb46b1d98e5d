/**
 * A coordinator with access to a whole label gives each of three sub-agents one conversation and ten minutes, offline. Each
 * does its work, then tries the others' conversations: `node examples/attenuate-offline/run.ts`. Ends with 0 when every step
 * went as it must.
 */
import { gmail as googleGmail, type gmail_v1 } from '@googleapis/gmail'
import { OAuth2Client } from 'google-auth-library'
// in a project of your own: from 'remit-sdk'
import { inspect, oneThread } from '../../sdk/index.ts'
import { SEED } from '../../test/fakes/gmail/index.ts'
import { grantByOperator, setStage } from '../stage.ts'
import { Story } from '../story/table.ts'

await using cleanup = new AsyncDisposableStack()
const say = (line: string): void => console.log(line)
say('Starting a server and a stand-in for Gmail…\n')
const stage = await setStage(cleanup)
const story = new Story(say)
/** the bodies of what was refused */
const refusals: string[] = []

const token = await grantByOperator(stage, [
  { type: 'gmail', actions: ['messages.read', 'messages.reply'], labels: ['Support'] },
])
const threads = [SEED.supportThread, SEED.html, SEED.nonAscii].map((one) => one.threadId)

// the whole of the coordinator: no network, no key, one line for each
const tasks = threads.map((threadId) => ({ threadId, token: oneThread(token, threadId) }))

for (const [index, task] of tasks.entries()) {
  const name = `sub-agent ${index + 1}`
  const mailbox = connect(task.token)
  const left = (inspect(task.token).expiresAt ?? 0) - Math.floor(Date.now() / 1000)
  await attempt(`${name} reads its own conversation, for the next ${left} s`, 200, async () =>
    mailbox.users.threads.get({ userId: 'me', id: task.threadId }),
  )
  for (const other of threads.filter((id) => id !== task.threadId)) {
    await attempt(`${name} tries the conversation ${other}`, 404, async () =>
      mailbox.users.threads.get({ userId: 'me', id: other }),
    )
  }
  await attempt(`${name} tries a conversation that does not exist`, 404, async () =>
    mailbox.users.threads.get({ userId: 'me', id: '18c0000000000001' }),
  )
}
const others = new Set(refusals)
story.add({
  who: 'agent',
  tried: 'compares what it was told',
  answer: others.size === 1 ? 'hidden and missing are the same bytes' : 'there is a difference',
  reached: 'nothing',
  expected: others.size === 1,
})
report()

/** Google's own client: only the address and the credential differ from a program that talks to Google */
function connect(access_token: string): gmail_v1.Gmail {
  const auth = new OAuth2Client()
  auth.setCredentials({ access_token })
  return googleGmail({ version: 'v1', auth, rootUrl: `${stage.front}/` })
}

/** one call: what the front said, and what the stand-in received meanwhile */
async function attempt(
  tried: string,
  expected: number,
  call: () => Promise<{ status: number }>,
): Promise<void> {
  const before = stage.gmail.requests.length
  const status = await call().then(
    (answer) => answer.status,
    (error: unknown) => {
      const { response } = error as { response?: { status: number; data: unknown } }
      refusals.push(JSON.stringify(response?.data))
      return response?.status ?? 0
    },
  )
  const received = stage.gmail.requests.slice(before)
  // whose mail is in a conversation the front can only know by reading that conversation
  const looks = received.every(({ route }) => route === 'threads.get' || route === 'labels.list')
  story.add({
    who: 'agent',
    tried,
    answer: String(status),
    reached: received.length === 0 ? 'nothing' : `${received.length} read(s) by the front`,
    expected: status === expected && looks && stage.gmail.sent.length === 0,
  })
}

function report(): void {
  const { count, surprises } = story
  const went = surprises.length === 0
  say(went ? `\nAll ${count} steps went as they must.` : `\n${surprises.length} steps did not.`)
  if (!went) process.exitCode = 1
}
