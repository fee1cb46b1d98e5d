import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

/** what a test may get wrong on purpose */
export interface Faults {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly verified?: boolean
  readonly counter?: number
  readonly userHandle?: string
  readonly crossOrigin?: boolean
  readonly type?: string
  readonly key?: KeyObject
}

interface CreationOptions {
  readonly challenge: string
  readonly rp: { readonly id: string }
  readonly user: { readonly id: string; readonly name: string }
}

interface RequestOptions {
  readonly challenge: string
  readonly rpId: string
  readonly allowCredentials: readonly { readonly id: string }[]
}

const FLAGS = { present: 0x01, verified: 0x04, attested: 0x40 } as const

/** an authenticator with one ES256 key, as WebAuthn §6 describes it, that does what it is told */
export class Authenticator {
  readonly credentialId: string = randomBytes(16).toString('base64url')
  readonly #origin: string
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  #userHandle = ''
  counter = 0

  constructor(origin: string) {
    this.#origin = origin
  }

  create(options: CreationOptions, faults: Faults = {}): string {
    this.#userHandle = options.user.id
    const id = Buffer.from(this.credentialId, 'base64url')
    const authData = Buffer.concat([
      this.#head(options.rp.id, FLAGS.attested, faults),
      Buffer.alloc(16),
      Buffer.from([0, id.length]),
      id,
      this.#coseKey(),
    ])
    const attestation = Buffer.concat([
      Buffer.from([0xa3]),
      cborText('fmt'),
      cborText('none'),
      cborText('attStmt'),
      Buffer.from([0xa0]),
      cborText('authData'),
      Buffer.from([0x58, authData.length]),
      authData,
    ])
    return this.#toJson({
      clientDataJSON: this.#clientData('webauthn.create', options.challenge, faults),
      attestationObject: attestation.toString('base64url'),
      transports: ['internal'],
    })
  }

  get(options: RequestOptions, faults: Faults = {}): string {
    const authData = this.#head(options.rpId, 0, faults)
    const clientDataJSON = this.#clientData('webauthn.get', options.challenge, faults)
    const hash = createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest()
    const key = faults.key ?? this.#keys.privateKey
    return this.#toJson({
      clientDataJSON,
      authenticatorData: authData.toString('base64url'),
      signature: sign('sha256', Buffer.concat([authData, hash]), key).toString('base64url'),
      userHandle: faults.userHandle ?? this.#userHandle,
    })
  }

  #head(rpId: string, flags: number, faults: Faults): Buffer {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(faults.counter ?? this.counter)
    const verified = faults.verified === false ? 0 : FLAGS.verified
    return Buffer.concat([
      createHash('sha256')
        .update(faults.rpId ?? rpId)
        .digest(),
      Buffer.from([FLAGS.present | verified | flags]),
      counter,
    ])
  }

  #clientData(type: string, challenge: string, faults: Faults): string {
    const data = {
      type: faults.type ?? type,
      challenge: faults.challenge ?? challenge,
      origin: faults.origin ?? this.#origin,
      crossOrigin: faults.crossOrigin ?? false,
    }
    return Buffer.from(JSON.stringify(data)).toString('base64url')
  }

  /** RFC 9053 §7.1.1: kty EC2, alg ES256, crv P-256, x, y */
  #coseKey(): Buffer {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' })
    const bytes = (text: string): Buffer =>
      Buffer.concat([Buffer.from([0x58, 32]), Buffer.from(text, 'base64url')])
    return Buffer.concat([
      Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
      bytes(x),
      Buffer.from([0x22]),
      bytes(y),
    ])
  }

  #toJson(response: Record<string, unknown>): string {
    const { credentialId: id } = this
    return JSON.stringify({
      id,
      rawId: id,
      type: 'public-key',
      response,
      clientExtensionResults: {},
    })
  }
}

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)])
}

/** the options that a page gives its script */
export function optionsOf<T = CreationOptions & RequestOptions>(page: { text: string }): T {
  const json = /data-options="([^"]*)"/u.exec(page.text)?.[1]
  if (json === undefined) throw new Error('this page asks for no passkey')
  return JSON.parse(json.replaceAll('&quot;', '"').replaceAll('&amp;', '&')) as T
}
