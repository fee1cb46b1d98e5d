import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'

/** an agent's key pair and the RFC 9449 proofs it makes */
export class ProofKey {
  readonly publicJwk: JWK
  readonly thumbprint: string
  readonly #privateKey: Parameters<SignJWT['sign']>[0]

  private constructor(
    publicJwk: JWK,
    thumbprint: string,
    privateKey: Parameters<SignJWT['sign']>[0],
  ) {
    this.publicJwk = publicJwk
    this.thumbprint = thumbprint
    this.#privateKey = privateKey
  }

  static async create(): Promise<ProofKey> {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const jwk = await exportJWK(publicKey)
    return new ProofKey(jwk, await calculateJwkThumbprint(jwk), privateKey)
  }

  async prove(
    method: string,
    url: string,
    options: { token?: string; jti?: string } = {},
  ): Promise<{ DPoP: string }> {
    const ath = options.token && createHash('sha256').update(options.token).digest('base64url')
    const proof = await new SignJWT({
      htm: method,
      htu: url,
      jti: options.jti ?? randomUUID(),
      ...(ath && { ath }),
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.publicJwk })
      .setIssuedAt()
      .sign(this.#privateKey)
    return { DPoP: proof }
  }

  /** a proof in which everything can be wrong: what is given replaces what would be right */
  async proveWith(
    claims: Record<string, unknown>,
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const right = { jti: randomUUID(), iat: Math.floor(Date.now() / 1000) }
    return new SignJWT({ ...right, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.publicJwk, ...header })
      .sign(this.#privateKey)
  }

  async sign(header: { typ: string }, claims: Record<string, unknown>): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', ...header })
      .setIssuedAt()
      .sign(this.#privateKey)
  }
}
