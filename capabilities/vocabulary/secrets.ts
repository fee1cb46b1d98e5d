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
  ['npm', 36],
  ['shpat', 32],
  ['patna1', 32],
  ['ya29', 40],
  ['sg', 60],
]

function shapeOf([prefix, length]: readonly [string, number]): string {
  return `${prefix.split('').join('-?')}(?:-?[a-z0-9]){${length}}`
}

const API_KEY = new RegExp(`(?<![a-z0-9])(?:${API_KEYS.map(shapeOf).join('|')})`, 'g')

/** header.payload of a JSON Web Token. It begins where a run of its letters does, or a long run would be walked once per letter */
const JSON_WEB_TOKEN = /(?<![a-z0-9_-])eyj[a-z0-9_-]{8,}\.eyj[a-z0-9_-]{8}/

/** squeezed: PEM and OpenPGP armour, age, PuTTY */
const PRIVATE_KEYS: readonly RegExp[] = [
  /(?<=begin[a-z0-9]{0,24})privatekey/,
  /agesecretkey1[a-z0-9]{20}/,
  /puttyuserkeyfile/,
]

/** a JSON Web Key with its private part */
const PRIVATE_JWK = /"d" ?: ?"[a-z0-9_-]{40}/

export function hasApiKey(text: string): boolean {
  if (JSON_WEB_TOKEN.test(normalised(text))) return true
  const keys = condense(text, MAX_GAP).match(API_KEY) ?? []
  return keys.some((key) => key.replace(/[^0-9]/g, '').length >= MIN_DIGITS)
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
