import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import { normaliseAddress } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'
import { generatePassword, hashPassword } from './passwords.ts'

export class BuyerError extends Error {
  readonly code: 'invalid_email' | 'weak_password' | 'email_taken'
  constructor(code: BuyerError['code'], message: string) {
    super(message)
    this.name = 'BuyerError'
    this.code = code
  }
}

export interface NewBuyer {
  readonly id: string
  readonly email: string
  /** set when none was given: shown once, stored nowhere */
  readonly generatedPassword: string | undefined
}

export async function createBuyer(
  db: Kysely<Database>,
  email: string,
  password?: string,
): Promise<NewBuyer> {
  const address = toEmail(email)
  if (!address) throw new BuyerError('invalid_email', `\`${email}\` is not an e-mail address`)
  if (password !== undefined && password.length < minPasswordLength) {
    throw new BuyerError(
      'weak_password',
      `a password needs at least ${minPasswordLength} characters: leave it out to have one made`,
    )
  }
  if (password !== undefined && password.length > maxPasswordLength) {
    throw new BuyerError('weak_password', `a password has at most ${maxPasswordLength} characters`)
  }
  const generatedPassword = password === undefined ? generatePassword() : undefined
  const id = `b_${randomBytes(16).toString('base64url')}`
  const passwordHash = await hashPassword(password ?? generatedPassword ?? '')
  await insertBuyer(db, { id, email: address, passwordHash })
  return { id, email: address, generatedPassword }
}

/** `passwordHash` null: she signs in with a passkey, which stands in the same transaction */
export async function insertBuyer(
  db: Kysely<Database>,
  buyer: { id: string; email: string; passwordHash: string | null; zone?: string | undefined },
): Promise<void> {
  const row = await db
    .insertInto('buyers')
    .values({
      id: buyer.id,
      email: buyer.email,
      password_hash: buyer.passwordHash,
      time_zone: buyer.zone ?? null,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!row) {
    throw new BuyerError('email_taken', `a buyer with the address ${buyer.email} exists already`)
  }
}

export const minPasswordLength = 12
export const maxPasswordLength = 256

/** what is wrong with a password that somebody wants to have, in words for her */
export function findPasswordProblem(password: string): string | undefined {
  // what she sees as one character counts as one
  const length = Array.from(password).length
  if (length < minPasswordLength) {
    return `Take at least ${minPasswordLength} characters. A few words in a row are easy to remember.`
  }
  return password.length > maxPasswordLength
    ? `Take at most ${maxPasswordLength} characters.`
    : undefined
}

/** until somebody has an account, anybody who has the link can make the first one */
export async function hasBuyers(db: Kysely<Database>): Promise<boolean> {
  return (await db.selectFrom('buyers').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** the form in which an address is stored and looked up */
export function toEmail(text: string): string | undefined {
  return text.length > 320 ? undefined : normaliseAddress(text.trim())
}

export async function findBuyer(
  db: Kysely<Database>,
  email: string,
): Promise<{ id: string; passwordHash: string | undefined } | undefined> {
  const row = await db
    .selectFrom('buyers')
    .select(['id', 'password_hash'])
    .where('email', '=', email)
    .executeTakeFirst()
  return row && { id: row.id, passwordHash: row.password_hash ?? undefined }
}

export async function findPasswordHash(
  db: Kysely<Database>,
  buyerId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('buyers')
    .select('password_hash')
    .where('id', '=', buyerId)
    .executeTakeFirst()
  return row?.password_hash ?? undefined
}
