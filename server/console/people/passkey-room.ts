import type Router from '@koa/router'
import type { Context } from 'koa'
import { toAgentText } from '../agent-text.ts'
import { signInScript } from '../assets.ts'
import { letScriptRun } from '../live-page.ts'
import { readPosted } from '../posted.ts'
import { PageRefusal } from '../refusal.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import type { ConsoleSession } from '../sessions.ts'
import { findSession } from '../sign-in.ts'
import { isSurelyBuyer } from '../step-up.ts'
import { visitOf } from '../visit.ts'
import { toDeviceText } from './device-text.ts'
import { endSignIns } from './end-sign-ins.ts'
import { toCreationOptions } from './passkey-options.ts'
import { PASSKEY_NAME_MAX, renderPasskeyPage } from './passkey-page.ts'
import { addPasskey, listPasskeys, removePasskey } from './passkeys.ts'
import { checkRegistration } from './registration.ts'
import type { RelyingParty } from './relying-party.ts'
import { noteSecurityEvent } from './security-events.ts'

/** adding and removing passkeys */
export function addPasskeyRoom(router: Router, services: ConsoleServices): void {
  const { db } = services.options

  router.get('/you/passkeys/new', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    return showNew(services, ctx, session)
  })

  // the proof comes before the passkey: nobody makes one on her device that is then not taken
  router.post('/you/passkeys/new', async (ctx) => {
    const posted = await readPosted(services, ctx, 'No passkey was added.')
    if (!posted) return seeOther(ctx, '/sign-in')
    if (!(await isSurelyBuyer(services, ctx, posted, 'You add a way to sign in.'))) return
    return seeOther(ctx, '/you/passkeys/new')
  })

  router.post('/you/passkeys', async (ctx) => {
    const posted = await readPosted(services, ctx, 'No passkey was added.')
    if (!posted) return seeOther(ctx, '/sign-in')
    if (!(await isSurelyBuyer(services, ctx, posted, 'You add a way to sign in.'))) return
    const { form, session } = posted
    const binding = { for: 'registration', session: session.idHash } as const
    const passkey = await checkRegistration(services, form.get('passkey') ?? '', binding)
    if (!passkey) {
      const problem =
        'The passkey could not be read, or took too long. Nothing was added. Try again.'
      return showNew(services, ctx, session, problem)
    }
    const typed = toAgentText(form.get('name') ?? '', PASSKEY_NAME_MAX)
    const name = typed === '' ? toDeviceText(ctx.headers['user-agent']) : typed
    const added = await addPasskey(db, session.buyerId, passkey, name, services.now())
    if (added !== 'added') return showNew(services, ctx, session, PROBLEMS[added])
    await noteSecurityEvent(services, session.buyerId, 'passkey_added', name)
    return seeOther(ctx, '/you?done=passkey')
  })

  router.post('/you/passkeys/remove', async (ctx) => {
    const posted = await readPosted(services, ctx, 'No passkey was removed.')
    if (!posted) return seeOther(ctx, '/sign-in')
    if (!(await isSurelyBuyer(services, ctx, posted, 'You remove a way to sign in.'))) return
    const { buyerId, idHash } = posted.session
    const result = await removePasskey(db, buyerId, posted.form.get('id') ?? '')
    if (result === 'none') return seeOther(ctx, '/you')
    if (result === 'last') return seeOther(ctx, '/you?problem=last-passkey')
    // who removes the passkey of a phone that is lost means what is signed in on it too
    await endSignIns(db, buyerId, idHash)
    await noteSecurityEvent(services, buyerId, 'passkey_removed', result.removed)
    return seeOther(ctx, '/you?done=passkey-removed')
  })
}

const PROBLEMS = {
  taken: 'This passkey is here already. Nothing was added.',
  too_many: 'You have as many passkeys as fit here. Remove one first.',
} as const

async function showNew(
  services: ConsoleServices,
  ctx: Context,
  session: ConsoleSession,
  problem?: string,
): Promise<void> {
  const relyingParty = requireRelyingParty(services)
  const { buyerId, email, idHash } = session
  const binding = { for: 'registration', session: idHash } as const
  const page = renderPasskeyPage({
    visit: await visitOf(services, ctx, session),
    name: toDeviceText(ctx.headers['user-agent']),
    problem,
    options: toCreationOptions(
      relyingParty,
      services.challenges.issue(binding, services.now()),
      { id: buyerId, email },
      await listPasskeys(services.options.db, buyerId),
    ),
  })
  letScriptRun(services, ctx, { script: signInScript })
  sendPage(ctx, page, problem === undefined ? 200 : 422)
}

function requireRelyingParty({ relyingParty }: ConsoleServices): RelyingParty {
  if (relyingParty) return relyingParty
  throw new PageRefusal(
    404,
    'No passkey can be made at this address',
    'Browsers want an address with a name, and encryption. Whoever runs this server can give it one.',
  )
}
