import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Context } from 'koa'
import { deriveSecret } from '../../state/derive-secret.ts'
import type { ConsoleCookie } from '../cookies.ts'

/** which buyers have signed in from this browser before; it opens nothing, it only spares her a line about a new device */
export interface KnownDevices {
  has(ctx: Context, buyerId: string): boolean
  add(ctx: Context, buyerId: string): void
}

const LIFETIME_MS = 400 * 24 * 3_600_000
/** people who share a browser */
const MAX = 5

export function createKnownDevices(key: Uint8Array, cookie: ConsoleCookie): KnownDevices {
  const secret = deriveSecret(key, 'console-known-devices')
  const markOf = (buyerId: string): Buffer => createHmac('sha256', secret).update(buyerId).digest()
  const read = (ctx: Context): string[] => (cookie.read(ctx) ?? '').split('.', MAX).filter(Boolean)
  return {
    has(ctx, buyerId) {
      const mark = markOf(buyerId)
      return read(ctx).some((text) => {
        const given = Buffer.from(text, 'base64url')
        return given.length === mark.length && timingSafeEqual(given, mark)
      })
    },
    add(ctx, buyerId) {
      const mark = markOf(buyerId).toString('base64url')
      const others = read(ctx).filter((one) => one !== mark && /^[\w-]{43}$/u.test(one))
      cookie.set(ctx, [mark, ...others].slice(0, MAX).join('.'), LIFETIME_MS)
    },
  }
}
