import { hkdfSync } from 'node:crypto'
import { SecretBytes } from '../secret.ts'

/** every secret but the master key itself: same purpose, same bytes, in every process that has the key (RFC 5869) */
export function deriveSecret(masterKey: Uint8Array, purpose: string, bytes = 32): SecretBytes {
  return new SecretBytes(hkdfSync('sha256', masterKey, '', `remit/${purpose}`, bytes))
}
