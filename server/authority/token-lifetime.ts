import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { AuthorityOptions } from './options.ts'

const secondsDefault = 600
/** for an operator who sets nothing */
export const tokenSecondsMaxDefault = 3_600

/** how long an access token for a front may last, in seconds */
export interface TokenLifetimes {
  readonly usual: number
  /** whatever a grant says */
  readonly max: number
}

export function toTokenLifetimes(
  options: Pick<AuthorityOptions, 'accessTokenSeconds' | 'accessTokenSecondsMax'>,
): TokenLifetimes {
  const max = options.accessTokenSecondsMax ?? tokenSecondsMaxDefault
  return { usual: Math.min(options.accessTokenSeconds ?? secondsDefault, max), max }
}

/**
 * Read again at every issuance: a grant whose tokens were made shorter-lived gives no longer ones by its next refresh, and a
 * maximum that the operator lowered holds for the grants that are there.
 */
export async function findTokenSeconds(
  db: Kysely<Database>,
  { usual, max }: TokenLifetimes,
  grantId: string | undefined,
): Promise<number> {
  if (grantId === undefined) return usual
  const row = await db
    .selectFrom('grants')
    .select('access_token_seconds')
    .where('id', '=', grantId)
    .executeTakeFirst()
  return Math.min(row?.access_token_seconds ?? usual, max)
}
