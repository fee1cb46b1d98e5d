import type { Context } from 'koa'
import { countWaitingOf } from '../state/approvals.ts'
import { readerOf, type Reader } from './reader.ts'
import type { ConsoleServices } from './services.ts'
import type { ConsoleSession } from './sessions.ts'

/** what every page of somebody who is signed in is made with */
export interface Visit {
  readonly email: string
  /** of every form on it */
  readonly formToken: string
  /** how many approvals wait */
  readonly waiting: number
  readonly reader: Reader
}

export async function visitOf(
  { options, tokens }: ConsoleServices,
  ctx: Context,
  session: ConsoleSession,
): Promise<Visit> {
  return {
    email: session.email,
    formToken: tokens.issue({ form: 'session', session: session.idHash }),
    waiting: await countWaitingOf(options.db, session.buyerId),
    reader: readerOf(session.reads, ctx.headers),
  }
}
