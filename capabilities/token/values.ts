import type { Scalar, Value } from './syntax.ts'

/** predicate names, as Datalog text can spell them */
export const NAME_PATTERN: RegExp = /^[A-Za-z][A-Za-z0-9_:]{0,63}$/
/** 9999-12-31T23:59:59Z, the last second that Datalog text can write */
export const MAX_DATE = 253_402_300_799

/** any total order does, as long as a set has one spelling: by type, then by value (strings by code unit) */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (a.type !== b.type) return a.type < b.type ? -1 : 1
  if (a.value === b.value) return 0
  return a.value < b.value ? -1 : 1
}

export function isSameValue(a: Value, b: Value): boolean {
  if (a.type === 'set' || b.type === 'set') {
    return a.type === 'set' && b.type === 'set' && isSameSet(a.value, b.value)
  }
  return a.type === b.type && a.value === b.value
}

function isSameSet(a: readonly Scalar[], b: readonly Scalar[]): boolean {
  return a.length === b.length && a.every(memberTest(b, a.length))
}

export function hasMember(set: readonly Scalar[], wanted: Scalar): boolean {
  for (const member of set) {
    if (member.value === wanted.value && member.type === wanted.type) return true
  }
  return false
}

/** comparisons up to which scanning a set is cheaper than building an index of it */
const SCAN_COMPARISONS = 512

/** for asking a set of one type about many values */
export function memberTest(set: readonly Scalar[], questions: number): (member: Scalar) => boolean {
  if (set.length * questions <= SCAN_COMPARISONS) return (member) => hasMember(set, member)
  const type = set[0]?.type
  const values = new Set(set.map((member) => member.value))
  return (member) => member.type === type && values.has(member.value)
}

/** roughly how long comparing or searching a value takes, in units of one comparison of numbers */
export function sizeOf(value: Value): number {
  if (value.type === 'set') return 1 + value.value.length
  return value.type === 'string' ? 1 + (value.value.length >> 4) : 1
}
