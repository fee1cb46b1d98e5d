import { z } from 'zod'
import { ConnectionError } from '../../adapters/ports.ts'

/** what a connection holds, as it is sealed */
export type StoredCredential =
  | {
      readonly type: 'authorized_user'
      readonly clientId: string
      readonly clientSecret: string
      readonly refreshToken: string
    }
  | { readonly type: 'access_token'; readonly accessToken: string }

const MAX_CHARS = 16_384

/** a token goes into an HTTP header and a form: printable ASCII without spaces (RFC 6750 §2.1, widened to what Google uses) */
const tokenText = z.string().regex(/^[\x21-\x7e]{1,4096}$/)

const stored = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('authorized_user'),
    clientId: tokenText,
    clientSecret: tokenText,
    refreshToken: tokenText,
  }),
  z.strictObject({ type: z.literal('access_token'), accessToken: tokenText }),
])

/** Google's `authorized_user` file, as `gcloud auth application-default login` writes it; other members are ignored */
const authorizedUser = z.object({
  type: z.literal('authorized_user').optional(),
  client_id: tokenText,
  client_secret: tokenText,
  refresh_token: tokenText,
})

const bareToken = z.object({ access_token: tokenText })

/** reads what an operator gives: an `authorized_user` file, `{"access_token": …}`, or the access token alone */
export function parseCredential(text: string): StoredCredential {
  const trimmed = text.trim()
  if (trimmed.length > MAX_CHARS) throw unusable('is too long')
  if (!trimmed.startsWith('{')) {
    if (!tokenText.safeParse(trimmed).success) throw unusable('is neither JSON nor an access token')
    return { type: 'access_token', accessToken: trimmed }
  }
  const json = parseJson(trimmed)
  const user = authorizedUser.safeParse(json)
  if (user.success) {
    const {
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
    } = user.data
    return { type: 'authorized_user', clientId, clientSecret, refreshToken }
  }
  const bare = bareToken.safeParse(json)
  if (bare.success) return { type: 'access_token', accessToken: bare.data.access_token }
  throw unusable('has neither `client_id`, `client_secret` and `refresh_token` nor `access_token`')
}

export function readStored(text: string): StoredCredential {
  return stored.parse(JSON.parse(text))
}

export function writeStored(credential: StoredCredential): string {
  return JSON.stringify(credential)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // without the cause: a parser quotes the text it stumbled over
    throw unusable('is not valid JSON')
  }
}

function unusable(why: string): ConnectionError {
  return new ConnectionError('not_connected', `the credential ${why}`)
}
