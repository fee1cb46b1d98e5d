/**
 * Everything an agent needs on Node: reading and narrowing tokens offline, getting them over OAuth, keeping them fresh. Stock
 * clients are in `remit-sdk/gmail`, `remit-sdk/stripe` and `remit-sdk/hubspot`.
 *
 * @module remit-sdk
 */
export * from './inspect.ts'
export { attenuate, oneThread, type AttenuateOptions, type OneThreadOptions } from './attenuate.ts'
export { delegate, type DelegateOptions } from '../capabilities/sdk.ts'
export type { HolderKey } from '../capabilities/token/holder-key.ts'
export { RemitError, type RemitErrorCode } from './errors.ts'
export { frontAccess, type FrontAccess, type FrontAccessOptions } from './front-access.ts'
export { generateProofKey, type ProofKeyPair } from './proof-key.ts'
export type { ClientKey } from './oauth/client-auth.ts'
export { remit, type Proposal, type Remit, type RemitConfig } from './oauth/remit.ts'
export { memoryStore, type StoredTokens, type TokenStore } from './oauth/token-store.ts'
