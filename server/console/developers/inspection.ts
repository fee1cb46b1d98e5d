import {
  CapabilityError,
  inspect,
  verifyToken,
  type RootKeyLookup,
  type UnverifiedInspection,
} from '../../../capabilities/index.ts'
import type { Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'

/** how the token's grant stands here, now */
export type Standing = 'live' | 'revoked' | 'paused' | 'ended' | 'unknown'

export type Inspection =
  | {
      readonly ok: true
      readonly token: UnverifiedInspection
      /** signed by a key that this server trusts; otherwise why it is not accepted */
      readonly verified: true | string
      /** undefined: not looked up, because nobody knows who wrote the token */
      readonly standing: Standing | undefined
    }
  | { readonly ok: false; readonly reason: string }

/** so much is looked at, before anything is decoded: a token has to fit a header */
const MAX_CHARACTERS = 8_192

/**
 * What a token says, whether it is ours, and whether it works now.
 *
 * INVARIANT: total. Whatever was pasted, there is an answer in words; the token is in no log and in no error.
 */
export async function inspectPasted(
  pasted: string,
  { db, rootKeys, now }: { db: Kysely<Database>; rootKeys: RootKeyLookup; now: number },
): Promise<Inspection> {
  const text = pasted.trim().replace(/^(?:Bearer|DPoP)\s+/iu, '')
  if (text === '') return { ok: false, reason: 'Paste a token first.' }
  if (text.length > MAX_CHARACTERS)
    return { ok: false, reason: 'This is too long for a capability token.' }
  const token = readPasted(text)
  if (typeof token === 'string') return { ok: false, reason: token }
  const result = verifyToken(text, rootKeys)
  if (!result.ok) {
    return { ok: true, token, verified: result.refusal.detail, standing: undefined }
  }
  const { grantId, revocationIds, expiresAt } = result.token
  const standing = await findStanding(db, { grantId, revocationIds, expiresAt, now })
  return { ok: true, token, verified: true, standing }
}

function readPasted(text: string): UnverifiedInspection | string {
  try {
    return inspect(text)
  } catch (error) {
    // nothing of what the library says of other failures is repeated: it might quote the token
    return error instanceof CapabilityError
      ? `This cannot be read as a capability token: ${error.message.replace(/^token: /u, '')}.`
      : 'This token cannot be put into words here.'
  }
}

interface Wanted {
  readonly grantId: string
  readonly revocationIds: readonly string[]
  /** seconds since 1970 */
  readonly expiresAt: number | undefined
  readonly now: number
}

async function findStanding(db: Kysely<Database>, wanted: Wanted): Promise<Standing> {
  const { grantId, revocationIds, expiresAt, now } = wanted
  const revoked = await db
    .selectFrom('revocations')
    .select('kind')
    .where('id', 'in', [...revocationIds, grantId])
    .executeTakeFirst()
  if (revoked) return 'revoked'
  const grant = await db
    .selectFrom('grants')
    .select(['revoked_at', 'paused_at', 'expires_at'])
    .where('id', '=', grantId)
    .executeTakeFirst()
  if (!grant) return 'unknown'
  if (grant.revoked_at !== null) return 'revoked'
  const isOver = grant.expires_at !== null && grant.expires_at.getTime() <= now
  if (isOver || (expiresAt !== undefined && expiresAt * 1000 <= now)) return 'ended'
  return grant.paused_at === null ? 'live' : 'paused'
}
