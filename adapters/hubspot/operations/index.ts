import type { Operation } from '../../operation.ts'
import { OBJECTS } from '../object-types.ts'
import { associationsBatchRead, associationsList } from './associations-read.ts'
import {
  associate,
  associateDefault,
  associateMany,
  associateManyDefault,
} from './associations-write.ts'
import { batchRead } from './batch-read.ts'
import { batchUpsert } from './batch-upsert.ts'
import { batchCreate, batchUpdate } from './batch-write.ts'
import { create } from './create.ts'
import { DIRECTORY_OPERATIONS } from './directory.ts'
import { list } from './list.ts'
import { ownersGet, ownersList } from './owners.ts'
import { readOne } from './read.ts'
import { search } from './search.ts'
import { update } from './update.ts'
import { usersCreate } from './users-create.ts'

/** of one kind of records each; custom types come last, so that their number in the path is no name of another kind */
const OF_RECORDS = [
  readOne,
  list,
  search,
  batchRead,
  create,
  update,
  batchCreate,
  batchUpdate,
  batchUpsert,
  associationsList,
  associationsBatchRead,
  associate,
  associateDefault,
  associateMany,
  associateManyDefault,
]

/** the whole of what this front does; a method that is not here is refused, and nothing reaches HubSpot */
export const HUBSPOT_OPERATIONS: readonly Operation[] = [
  ...OBJECTS.flatMap((object) => OF_RECORDS.map((operation) => operation(object) as Operation)),
  ...DIRECTORY_OPERATIONS,
  ownersList,
  ownersGet,
  usersCreate,
]
