import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import { findBuyer, toEmail } from '../console/buyers.ts'
import { CommandError } from './command.ts'

/** a buyer as an operator names one: by e-mail address */
export async function requireBuyer(db: Kysely<Database>, text: string): Promise<string> {
  const email = toEmail(text)
  const buyer = email === undefined ? undefined : await findBuyer(db, email)
  if (!buyer) throw new CommandError(`there is no buyer \`${text}\`: remit buyer add ${text}`)
  return buyer.id
}
