import { MOST_COUNTED } from '../state/most-counted.ts'

/** `counted`: up to one more than `MOST_COUNTED`, which stands for all that are more */
export function countGrants(counted: number): string {
  if (counted > MOST_COUNTED) return `More than ${MOST_COUNTED} grants`
  return counted === 1 ? '1 grant' : `${counted} grants`
}
