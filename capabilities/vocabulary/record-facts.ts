import type { Block } from '../token/syntax.ts'
import { OWNER_PROPERTY, pipelinePropertyOf } from './hubspot-action.ts'
import { whereList } from './where-list.ts'
import { wantedIn, whereProperty } from './where-property.ts'
import { whereOwner, wherePipeline } from './where-value.ts'

/** what has to be read of a record before a token can be held against it */
export interface RecordFactsNeeded {
  /** names, each once */
  readonly properties: readonly string[]
  /** the lists that it is a member of */
  readonly lists: boolean
}

/**
 * What the checks of a token ask of a record of one type, in any block, strangers' blocks included. What is not read of a record
 * is not asserted, and denies.
 */
export function recordFactsNeededIn(
  blocks: readonly Block[],
  objectType: string,
): RecordFactsNeeded {
  const predicates = blocks
    .flatMap(({ checks }) => checks.flatMap(({ queries }) => queries))
    .flatMap((query) => query.predicates)
  const asks = (name: string): boolean => predicates.some((one) => one.name === name)
  const named = predicates
    .filter(({ name }) => name === whereProperty.predicate)
    .flatMap((one) => wantedIn(one) ?? [])
  return {
    properties: [
      ...new Set([
        ...(asks(whereOwner.predicate) ? [OWNER_PROPERTY] : []),
        ...(asks(wherePipeline.predicate) ? [pipelinePropertyOf(objectType)] : []),
        ...named.map(({ name }) => name),
      ]),
    ],
    lists: asks(whereList.predicate),
  }
}
