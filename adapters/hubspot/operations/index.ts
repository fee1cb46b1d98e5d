import type { Operation } from '../../operation.ts'
import { OBJECTS } from '../object-types.ts'
import { batchRead } from './batch-read.ts'
import { list } from './list.ts'
import { readOne } from './read.ts'
import { search } from './search.ts'

/** the whole of what this front does; a method that is not here is refused, and nothing reaches HubSpot */
export const HUBSPOT_OPERATIONS: readonly Operation[] = OBJECTS.flatMap((object) => [
  readOne(object),
  list(object),
  search(object),
  batchRead(object),
])
