import { describe, expect, test } from 'vitest'
import { hasApiKey, hasPrivateKey } from '../../../capabilities/vocabulary/secrets.ts'

/** letters and digits in turn: the shape of a key, and nobody's */
const letters = (length: number): string => 'a1b2c3d4'.repeat(length).slice(0, length)

describe('API keys', () => {
  test.each([
    ['AKIA', 16],
    ['ASIA', 16],
    ['AIza', 35],
    ['ghp_', 36],
    ['gho_', 36],
    ['ghu_', 36],
    ['ghs_', 36],
    ['ghr_', 36],
    ['github_pat_', 40],
    ['glpat-', 20],
    ['sk_live_', 20],
    ['sk_test_', 20],
    ['rk_live_', 20],
    ['whsec_', 20],
    ['sk-ant-', 32],
    ['sk-proj-', 32],
    ['sk-', 40],
    ['xoxb-', 20],
    ['xoxp-', 20],
    ['xoxa-', 20],
    ['xoxs-', 20],
    ['npm_', 36],
    ['shpat_', 32],
    ['pat-na1-', 32],
    ['ya29.', 40],
    ['SG.', 60],
  ])('%s and %i characters', (prefix, length) => {
    expect(hasApiKey(`the key: ${prefix}${letters(length)}`)).toBe(true)
    expect(hasApiKey(prefix + letters(length - 1))).toBe(false)
    expect(hasApiKey(`x${prefix}${letters(length)}`)).toBe(false)
  })

  test('hold three digits: prose does not', () => {
    expect(hasApiKey(`AKIA${'a'.repeat(13)}123`)).toBe(true)
    expect(hasApiKey(`AKIA${'a'.repeat(14)}12`)).toBe(false)
    // what looks like one hides none that follows
    expect(hasApiKey(`AKIA${'a'.repeat(16)}, AKIA${letters(16)}`)).toBe(true)
  })

  test('may have up to two separators between their characters', () => {
    const spaced = (gap: string): string => Array.from(`AKIA${letters(16)}`).join(gap)
    expect(hasApiKey(spaced(' '))).toBe(true)
    expect(hasApiKey(spaced(' ·'))).toBe(true)
    expect(hasApiKey(spaced(' · '))).toBe(false)
  })

  test('are header and payload of a JSON Web Token, on their own', () => {
    const token = `eyJ${letters(8)}.eyJ${letters(8)}`
    expect(hasApiKey(`(${token})`)).toBe(true)
    expect(hasApiKey(token.replace('eyJ', 'ey\u200bJ'))).toBe(true)
    expect(hasApiKey(token.replace('eyJ', 'ｅｙＪ'))).toBe(true)
    expect(hasApiKey(token.slice(0, -1))).toBe(false)
    expect(hasApiKey(`eyJ${letters(7)}.eyJ${letters(8)}`)).toBe(false)
  })
})

describe('private keys', () => {
  test.each([
    ['PEM', '-----BEGIN PRIVATE KEY-----'],
    ['PEM of one algorithm', '-----BEGIN EC PRIVATE KEY-----'],
    ['PEM, the longest word', '-----BEGIN ABCDEFGHIJKLMNOPQRSTUVWX PRIVATE KEY-----'],
    ['OpenPGP', '-----BEGIN PGP PRIVATE KEY BLOCK-----'],
    ['age', `AGE-SECRET-KEY-1${letters(20)}`],
    ['PuTTY', 'PuTTY-User-Key-File-3: ssh-ed25519'],
    ['a JSON Web Key', `{"d":"${letters(40)}"}`],
    ['a JSON Web Key with spaces', `{ "d" : "${letters(40)}" }`],
    ['with invisible characters', '-----BE\u200bGIN PRIV\u0301ATE KEY-----'],
  ])('%s', (_shape, text) => {
    expect(hasPrivateKey(`see below\n${text}\n`)).toBe(true)
  })

  test.each([
    ['a public key', '-----BEGIN PUBLIC KEY-----'],
    ['what begins long before', `begin ${'x'.repeat(25)} private key`],
    ['a short age key', `AGE-SECRET-KEY-1${letters(19)}`],
    ['a short member', `{"d":"${letters(39)}"}`],
    ['another member', `{"x":"${letters(40)}"}`],
  ])('not %s', (_shape, text) => {
    expect(hasPrivateKey(text)).toBe(false)
  })
})
