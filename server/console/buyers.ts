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
  if (password !== undefined && password.length < 12) {
    throw new BuyerError(
      'weak_password',
      'a password needs at least 12 characters: leave it out to have one made',
    )
  }
  if (password !== undefined && password.length > maxPasswordLength) {
    throw new BuyerError('weak_password', `a password has at most ${maxPasswordLength} characters`)
  }
  const generatedPassword = password === undefined ? generatePassword() : undefined
  const id = `b_${randomBytes(16).toString('base64url')}`
  const row = await db
    .insertInto('buyers')
    .values({
      id,
      email: address,
      password_hash: await hashPassword(password ?? generatedPassword ?? ''),
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!row)
    throw new BuyerError('email_taken', `a buyer with the address ${address} exists already`)
  return { id, email: address, generatedPassword }
}

export const maxPasswordLength = 256

/** the form in which an address is stored and looked up */
export function toEmail(text: string): string | undefined {
  return text.length > 320 ? undefined : normaliseAddress(text.trim())
}

export async function findBuyer(
  db: Kysely<Database>,
  email: string,
): Promise<{ id: string; passwordHash: string } | undefined> {
  const row = await db
    .selectFrom('buyers')
    .select(['id', 'password_hash'])
    .where('email', '=', email)
    .executeTakeFirst()
  return row && { id: row.id, passwordHash: row.password_hash }
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
  return row?.password_hash
}
