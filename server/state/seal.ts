import { CompactEncrypt, compactDecrypt } from 'jose'
import { deriveSecret } from './derive-secret.ts'

/** not a wrong password: the row was sealed under another master key or for another purpose, or was changed */
export class SealError extends Error {
  readonly code = 'unseal_failed'
  constructor(purpose: string, options?: ErrorOptions) {
    super(
      `what was sealed as \`${purpose}\` does not open: is REMIT_MASTER_KEY (or master.key) the one that this database was used with?`,
      options,
    )
    this.name = 'SealError'
  }
}

/**
 * Encrypts for one purpose, such as `connection/c_1`. The purpose picks the key and stands in the authenticated header,
 * so that somebody who can write the table cannot put one row's secret in another row's place.
 */
export async function seal(
  masterKey: Uint8Array,
  purpose: string,
  plaintext: string | Uint8Array,
): Promise<string> {
  const bytes = typeof plaintext === 'string' ? new TextEncoder().encode(plaintext) : plaintext
  return new CompactEncrypt(bytes)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: purpose })
    .encrypt(sealingKey(masterKey, purpose))
}

export async function unseal(
  masterKey: Uint8Array,
  purpose: string,
  sealed: string,
): Promise<Uint8Array> {
  const { plaintext, protectedHeader } = await open(masterKey, purpose, sealed)
  if (protectedHeader.kid !== purpose) throw new SealError(purpose)
  return plaintext
}

export async function unsealText(
  masterKey: Uint8Array,
  purpose: string,
  sealed: string,
): Promise<string> {
  return new TextDecoder().decode(await unseal(masterKey, purpose, sealed))
}

async function open(
  masterKey: Uint8Array,
  purpose: string,
  sealed: string,
): ReturnType<typeof compactDecrypt> {
  try {
    return await compactDecrypt(sealed, sealingKey(masterKey, purpose), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
  } catch (cause) {
    throw new SealError(purpose, { cause })
  }
}

function sealingKey(masterKey: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(deriveSecret(masterKey, `seal/${purpose}`))
}
