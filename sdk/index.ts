/**
 * Everything an agent needs on Node: reading and narrowing tokens offline, getting them over OAuth, using them with stock
 * clients.
 *
 * @module remit-sdk
 */
export * from './inspect.ts'
export { attenuate, oneThread, type AttenuateOptions, type OneThreadOptions } from './attenuate.ts'
