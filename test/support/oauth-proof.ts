import { createHash, randomUUID } from 'node:crypto'
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
} from 'jose'

type ProofAlgorithm = 'ES256' | 'EdDSA'

/** an agent's key pair and the RFC 9449 proofs it makes */
export class ProofKey {
  readonly publicJwk: JWK
  readonly thumbprint: string
  readonly #privateKey: CryptoKey
  readonly #algorithm: ProofAlgorithm

  private constructor(
    publicJwk: JWK,
    thumbprint: string,
    privateKey: CryptoKey,
    algorithm: ProofAlgorithm,
  ) {
    this.publicJwk = publicJwk
    this.#algorithm = algorithm
    this.thumbprint = thumbprint
    this.#privateKey = privateKey
  }

  static async create(algorithm: ProofAlgorithm = 'ES256'): Promise<ProofKey> {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
    const jwk = await exportJWK(publicKey)
    return new ProofKey(jwk, await calculateJwkThumbprint(jwk), privateKey, algorithm)
  }

  /** for signing a delegation with it */
  get privateKey(): CryptoKey {
    return this.#privateKey
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
      .setProtectedHeader({ alg: this.#algorithm, typ: 'dpop+jwt', jwk: this.publicJwk })
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
      .setProtectedHeader({ alg: this.#algorithm, typ: 'dpop+jwt', jwk: this.publicJwk, ...header })
      .sign(this.#privateKey)
  }

  async sign(header: { typ: string }, claims: Record<string, unknown>): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: this.#algorithm, ...header })
      .setIssuedAt()
      .sign(this.#privateKey)
  }
}
