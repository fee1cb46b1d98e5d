import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto'
import { BoundedQueue } from './bounded-queue.ts'
import { PageRefusal } from './refusal.ts'

const cost = { N: 2 ** 15, r: 8, p: 3 } as const
// scrypt needs 128 * N * r bytes, just over Node's default limit
const options = { ...cost, maxmem: 64 * 1024 * 1024 }
const keyBytes = 32
const prefix = `scrypt$${cost.N}$${cost.r}$${cost.p}$`

/** two at a time leave threads of the pool to file and name lookups; each takes 32 MiB while it runs */
const queue = new BoundedQueue({ maxRunning: 2, maxWaiting: 64 })

/** `scrypt$N$r$p$salt$hash` */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt)
  return `${prefix}${salt.toString('base64url')}$${key.toString('base64url')}`
}

/**
 * Always the same work, whether the buyer exists or not: `hash` is undefined for an unknown e-mail address, and a
 * made-up one is then computed against, so that the time taken does not tell who has an account.
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const stored = parseHash(hash ?? dummyHash)
  const key = await derive(password, stored.salt)
  return timingSafeEqual(key, stored.key) && hash !== undefined
}

/** 100 random bits in letters that survive being read aloud */
export function generatePassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  const group = (): string =>
    Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}

const dummyHash = `${prefix}${randomBytes(16).toString('base64url')}$${randomBytes(keyBytes).toString('base64url')}`

function parseHash(hash: string): { salt: Buffer; key: Buffer } {
  const [salt, key, ...rest] = hash.startsWith(prefix) ? hash.slice(prefix.length).split('$') : []
  if (!salt || !key || rest.length > 0) throw new Error('stored password hash has an unknown form')
  return { salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') }
}

async function derive(password: string, salt: Buffer): Promise<Buffer> {
  const done = await queue.run(() => scryptAsync(password.normalize('NFKC'), salt))
  if (!done) {
    throw new PageRefusal(
      503,
      'Too many people are signing in',
      'Wait a few seconds and try again.',
    )
  }
  return done.result
}

async function scryptAsync(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, keyBytes, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
