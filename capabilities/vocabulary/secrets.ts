import { condense } from './condense.ts'

/**
 * Shapes of secrets, matched on lower-case text because a mail's texts are compared in lower case. Up to two separators may
 * stand between the characters of a key, and a key must hold some digits: both keep prose from looking like one.
 */
const MAX_GAP = 2
const MIN_DIGITS = 3

const API_KEYS: readonly (readonly [prefix: string, length: number])[] = [
  ['akia', 16],
  ['asia', 16],
  ['aiza', 35],
  ['ghp', 36],
  ['gho', 36],
  ['ghu', 36],
  ['ghs', 36],
  ['ghr', 36],
  ['githubpat', 40],
  ['glpat', 20],
  ['sklive', 20],
  ['sktest', 20],
  ['rklive', 20],
  ['whsec', 20],
  ['skant', 32],
  ['skproj', 32],
  ['sk', 40],
  ['xoxb', 20],
  ['xoxp', 20],
  ['xoxa', 20],
  ['xoxs', 20],
  ['xapp', 20],
  ['gocspx', 28],
  ['npm', 36],
  ['shpat', 32],
  ['patna1', 32],
  ['pateu1', 32],
  ['ya29', 40],
  ['sg', 60],
]

function shapeOf([prefix, length]: readonly [string, number]): string {
  return `${prefix.split('').join('-?')}(?:-?[a-z0-9]){${length}}`
}

const API_KEY = new RegExp(`(?<![a-z0-9])(?:${API_KEYS.map(shapeOf).join('|')})`, 'g')

/** the second part of a JSON Web Token: both are JSON objects in base64url */
const PAYLOAD = /\.eyj[a-z0-9_-]{8}/g
const HEADER = /eyj(?=[a-z0-9_-]{8})[a-z_-]*[0-9]/
const MAX_HEADER = 2000

/** squeezed: PEM and OpenPGP armour, age, PuTTY; then base64 without armour: PKCS#8, PKCS#1, SEC 1, OpenSSH */
const PRIVATE_KEYS: readonly RegExp[] = [
  /(?<=begin[a-z0-9]{0,24})privatekey/,
  /agesecretkey1[a-z0-9]{20}/,
  /puttyuserkeyfile/,
  /mii[a-z0-9]{1,3}ibadanbgkqhkig9w0baqefaasc/,
  /mi[gh][a-z0-9]{1,2}ageamb[a-z0-9]gbyqgsm49/,
  /mc4caqawbqydk2v[uw]bcie/,
  /mii[a-z0-9]{1,3}ibaak[bc]/,
  /m(?:hccaqeei|i[gh][a-z0-9]agebb[de])/,
  /b3blbnnzac1rzxktdje/,
]

/** a JSON Web Key with its private part */
const PRIVATE_JWK = /["']d["']\s{0,4}:\s{0,4}["'][a-z0-9_-]{40}/

export function hasApiKey(text: string): boolean {
  if (hasJsonWebToken(text)) return true
  const keys = condense(text, MAX_GAP).match(API_KEY) ?? []
  return keys.some((key) => key.replace(/[^0-9]/g, '').length >= MIN_DIGITS)
}

/** on one line or on many, quoted or not */
function hasJsonWebToken(text: string): boolean {
  const joined = normalised(text).replace(/[^a-z0-9._-]+/g, '')
  return [...joined.matchAll(PAYLOAD)].some(({ index }) => {
    const before = joined.slice(Math.max(0, index - MAX_HEADER), index)
    return HEADER.test(before.slice(before.lastIndexOf('.') + 1))
  })
}

export function hasPrivateKey(text: string): boolean {
  const plain = normalised(text)
  const squeezed = plain.replace(/[^a-z0-9]+/g, '')
  return PRIVATE_KEYS.some((shape) => shape.test(squeezed)) || PRIVATE_JWK.test(plain)
}

function normalised(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{Cf}\p{M}]+/gu, '')
}
