import type { Step } from './edge.ts'

const hourMs = 3_600_000
/** beyond this many different addresses, the newest are counted together rather than remembered apart */
const maxAddresses = 10_000

/** Open registration costs the caller nothing and us a row: so many an hour for one address, then 429. Per process. */
export function createRegistrationLimit(path: string, perHour: number): Step {
  let counts = new Map<string, number>()
  let windowEnds = 0
  return async (ctx, next) => {
    if (ctx.path !== path || ctx.method !== 'POST') return next()
    const now = Date.now()
    if (now >= windowEnds) {
      counts = new Map()
      windowEnds = now + hourMs
    }
    const key = counts.has(ctx.ip) || counts.size < maxAddresses ? ctx.ip : 'others'
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    if (count <= perHour) return next()
    ctx.status = 429
    ctx.set('retry-after', String(Math.ceil((windowEnds - now) / 1000)))
    ctx.set('cache-control', 'no-store')
    ctx.body = {
      error: 'temporarily_unavailable',
      error_description: 'too many registrations from this address: try again later',
    }
  }
}
