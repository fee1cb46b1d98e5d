import type { Readable } from 'node:stream'
import type Router from '@koa/router'
import type { Context } from 'koa'
import { listAgents } from '../agent-list.ts'
import { activityScript } from '../assets.ts'
import { letScriptRun } from '../live-page.ts'
import { readerOf, type Reader } from '../reader.ts'
import { PageRefusal } from '../refusal.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import { findSession } from '../sign-in.ts'
import { visitOf } from '../visit.ts'
import { renderCallPage, sentencesAbout } from './call-page.ts'
import { exportCsv, exportJson, type ExportOptions } from './export.ts'
import { readFilter, type ReadFilter } from './filter.ts'
import { toLine } from './line.ts'
import { findCall, listActivity } from './list.ts'
import { renderActivityPage } from './page.ts'
import { StreamPlaces } from './stream-places.ts'
import { tail } from './tail.ts'

const LINES = 50
const AGENTS = 200

export function addActivityRoom(router: Router, services: ConsoleServices): void {
  const { db } = services.options
  const tails = new StreamPlaces({ ofOne: 4, ofAll: 200 })
  const exports = new StreamPlaces({ ofOne: 1, ofAll: 8 })

  router.get('/activity', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const { buyerId } = session
    const visit = await visitOf(services, ctx, session)
    const read = inZone(readFilter(ctx.query), visit.reader)
    const before = idIn(ctx, 'before')
    const isNewest = before === undefined && read.filter.to === undefined
    const nothing = { calls: [], next: undefined, lookedBackTo: undefined }
    const page =
      read.problems.size > 0
        ? nothing
        : await listActivity(db, buyerId, read.filter, { limit: LINES, before })
    const view = {
      ...read,
      ...page,
      ...visit,
      isNewest,
      agents: await listAgents(db, buyerId, AGENTS),
      lines: page.calls.map((call) => toLine(call, services.now())),
    }
    letScriptRun(services, ctx, { script: activityScript, asks: '/activity/events' })
    return sendPage(ctx, renderActivityPage(view), read.problems.size > 0 ? 400 : 200)
  })

  // for the page's script
  router.get('/activity/events', async (ctx) => {
    const session = await findSession(services, ctx)
    const reader = readerOf(session?.reads, ctx.headers)
    const { filter, problems } = inZone(readFilter(ctx.query), reader)
    if (!session || problems.size > 0) {
      ctx.status = session ? 400 : 401
      return
    }
    const { buyerId } = session
    if (!tails.take(buyerId, ctx.res)) {
      ctx.status = 429
      return
    }
    const isListening = (): boolean =>
      isOpen(ctx) && (ctx.req.socket as ServerSide).server?.listening !== false
    const stream = tail({
      db,
      buyerId,
      filter,
      after: idIn(ctx, 'after'),
      isWelcome: async () => isListening() && (await findSession(services, ctx)) !== undefined,
      now: () => services.now(),
      reader,
    })
    // a proxy that gathers would make it late
    ctx.set('x-accel-buffering', 'no')
    send(ctx, 'text/event-stream; charset=utf-8', stream)
  })

  router.get('/activity/export.csv', (ctx) => sendExport(ctx, 'csv', exportCsv))
  router.get('/activity/export.json', (ctx) => sendExport(ctx, 'json', exportJson))

  router.get('/activity/:id', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const { buyerId } = session
    const id = ctx.params['id'] ?? ''
    const call = /^[\w-]{1,100}$/u.test(id) ? await findCall(db, buyerId, id) : undefined
    // the same answer for another buyer's call and for none
    if (call === undefined) {
      throw new PageRefusal(404, 'There is no such call', 'It may have been deleted meanwhile.')
    }
    const grant = await db
      .selectFrom('grants')
      .select('authorization_details')
      .where('id', '=', call.grantId)
      .executeTakeFirst()
    const view = {
      call,
      line: toLine(call, services.now()),
      allowed: sentencesAbout(grant?.authorization_details, call),
      ...(await visitOf(services, ctx, session)),
    }
    return sendPage(ctx, renderCallPage(view))
  })

  async function sendExport(
    ctx: Context,
    kind: 'csv' | 'json',
    write: (options: ExportOptions) => Readable,
  ): Promise<void> {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const reader = readerOf(session.reads, ctx.headers)
    const { filter, problems } = inZone(readFilter(ctx.query), reader)
    const [problem] = problems.values()
    if (problem !== undefined) throw new PageRefusal(400, 'This cannot be exported', problem)
    const { buyerId } = session
    if (!exports.take(buyerId, ctx.res)) {
      const advice = 'Wait until the last one has arrived, then try again.'
      throw new PageRefusal(429, 'An export is under way', advice)
    }
    ctx.set('content-disposition', `attachment; filename="remit-activity.${kind}"`)
    const type = kind === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8'
    send(ctx, type, write({ db, buyerId, filter, now: services.now() }))
  }
}

/** a day is the reader's */
function inZone(read: ReadFilter, { zone }: Reader): ReadFilter {
  return { ...read, filter: { ...read.filter, zone } }
}

/** ended with its connection: koa ends it only when it has begun to answer */
function send(ctx: Context, type: string, stream: Readable): void {
  ctx.res.once('close', () => stream.destroy())
  ctx.type = type
  ctx.body = stream
}

function isOpen(ctx: Context): boolean {
  return !ctx.res.destroyed && !ctx.req.socket.destroyed
}

/** a server that stops takes no new connection, and waits for those that are open */
interface ServerSide {
  readonly server?: { readonly listening: boolean }
}

function idIn(ctx: Context, name: string): string | undefined {
  const value = ctx.query[name]
  return typeof value === 'string' && /^[\w-]{1,100}$/u.test(value) ? value : undefined
}
