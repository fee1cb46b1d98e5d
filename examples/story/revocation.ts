import { gmail } from '@googleapis/gmail'
import { gmailAuth } from '../../sdk/gmail.ts'
import type { FrontAccess } from '../../sdk/index.ts'
import { SEED } from '../../test/fakes/gmail/index.ts'
import { mailbox, writeDraft } from './agent.ts'
import { findForm, readableText, type Browser } from './browser.ts'
import { ANSWER } from './more-work.ts'
import type { Narration } from './narration.ts'
import { read } from './own-key.ts'

/** the buyer ends all grants, and everything that was narrowed or handed on ends with them */
export async function revokeGrants(
  narration: Narration,
  buyer: Browser,
  tokens: { readonly task: string; readonly more: string },
  handed: FrontAccess,
): Promise<void> {
  const { issuer, front } = narration.stage
  const refused = await buyer.open(`${issuer}/activity?result=refused`)
  narration.note(
    'buyer',
    'opens the activity',
    'sees what was tried and refused',
    readableText(refused.html).includes(SEED.evil),
  )
  let after = await buyer.open(`${issuer}/grants`)
  for (const which of ['one grant', 'the second', 'the third', 'the fourth', 'the fifth']) {
    after = await buyer.submit(findForm(after, '/revoke'))
    const said = readableText(after.html)
      .split('\n')
      .find((line) => line.startsWith('Revoked.'))
    narration.note(
      'buyer',
      `revokes ${which}`,
      said ?? 'an unexpected page',
      after.status === 200 && said !== undefined,
    )
  }
  await narration.refused('sub-agent', 'goes on reading', 401, async () =>
    read(gmail({ version: 'v1', auth: gmailAuth(handed), retry: false })),
  )
  await narration.refused('agent', 'goes on reading', 401, async () =>
    read(mailbox(front, tokens.task), SEED.injected.id),
  )
  await narration.refused('agent', 'writes one more draft', 401, async () =>
    writeDraft(mailbox(front, tokens.more), ANSWER),
  )
}
