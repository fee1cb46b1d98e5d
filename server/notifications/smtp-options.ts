import type { SecretText } from '../secret.ts'
import { isThisMachine } from './this-machine.ts'

interface SmtpOptions {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly requireTLS: boolean
  readonly tls: { readonly rejectUnauthorized: boolean }
  readonly auth?: { readonly user: string; readonly pass: string }
  readonly connectionTimeout: number
  readonly greetingTimeout: number
  readonly socketTimeout: number
  readonly dnsTimeout: number
}

/** read by us and not by the transport, whose URLs can turn certificates off */
export function toSmtpOptions(secretUrl: SecretText): SmtpOptions {
  const url = new URL(secretUrl.reveal())
  const secure = url.protocol === 'smtps:'
  const isLocal = isThisMachine(url.hostname)
  const user = decodeURIComponent(url.username)
  return {
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    // without it whoever sits in between takes the offer of STARTTLS away and reads everything
    requireTLS: !secure && !isLocal,
    // a mail server on this machine has a certificate of its own making, and nobody sits in between
    tls: { rejectUnauthorized: !isLocal },
    ...(user !== '' && { auth: { user, pass: decodeURIComponent(url.password) } }),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    dnsTimeout: 5_000,
  }
}
