import type { Config, Role } from './config.ts'
import { startAuthorityRole } from './authority-role.ts'
import { layFoundation, type Foundation } from './foundation.ts'
import { startGmailRole, startHubspotRole, startStripeRole } from './fronts.ts'
import type { Log } from './log.ts'

export interface RunningRemit extends AsyncDisposable {
  readonly foundation: Foundation
  /** role -> the address it listens on */
  readonly addresses: Readonly<Partial<Record<Role, string>>>
}

interface RunningRole {
  readonly url: string
  close(): Promise<void>
}

const ROLES: Readonly<Record<Role, (foundation: Foundation) => Promise<RunningRole>>> = {
  authority: startAuthorityRole,
  gmail: startGmailRole,
  hubspot: startHubspotRole,
  stripe: startStripeRole,
}

/** every role of the configuration, in this process; a role listens only when it can answer rightly */
export async function startRemit(config: Config, log: Log): Promise<RunningRemit> {
  await using started = new AsyncDisposableStack()
  const foundation = started.use(await layFoundation(config, log))
  const addresses: Partial<Record<Role, string>> = {}
  for (const role of config.roles) {
    const running = await ROLES[role](foundation)
    started.defer(async () => running.close())
    addresses[role] = running.url
    log({ event: 'listening', role, address: running.url })
  }
  const stack = started.move()
  return {
    foundation,
    addresses,
    [Symbol.asyncDispose]: async () => stack.disposeAsync(),
  }
}
