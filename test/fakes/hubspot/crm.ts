import { CrmAssociations } from './crm-associations.ts'
import { OWNERS } from './directory.ts'
import { HubspotError, badRequest, notFound } from './errors.ts'
import { findType, OBJECT_TYPES, type ObjectType } from './object-types.ts'
import { createdName, definitionsOf, modifiedName } from './property-definitions.ts'
import { seedShop } from './seed.ts'

interface PastValue {
  readonly value: string
  /** ISO 8601 */
  readonly timestamp: string
  readonly sourceType: string
  readonly updatedByUserId?: number
}

export interface CrmRecord {
  readonly type: ObjectType
  readonly id: string
  readonly properties: Map<string, string>
  /** newest first */
  readonly history: Map<string, PastValue[]>
  readonly createdAt: string
  updatedAt: string
  archivedAt: string | undefined
}

interface User {
  readonly id: string
  readonly email: string
  readonly roleIds: readonly string[]
}

export interface CrmOptions {
  readonly now: () => number
}

/** what a shop has in HubSpot. Ids are unique within a type only: contact 501 and company 501 are strangers */
export class Crm {
  readonly #now: () => number
  readonly #records = new Map<string, Map<string, CrmRecord>>()
  readonly #index = new Map<string, Map<string, CrmRecord>>()
  /** ids that a merge has taken away, by type: what is asked under them is the record that they went into */
  readonly #merged = new Map<string, string>()
  #nextId = 90_001
  /** while true, searches do not see what is written, until `catchUp` */
  isSearchBehind = false
  readonly associations: CrmAssociations
  readonly users: User[] = []
  /** contacts by the id of the list that they are in */
  readonly lists: Map<string, Set<string>> = new Map()

  constructor({ now }: CrmOptions) {
    this.#now = now
    this.associations = new CrmAssociations()
    for (const { id } of OBJECT_TYPES) {
      this.#records.set(id, new Map())
      this.#index.set(id, new Map())
    }
    for (const { userId, email } of OWNERS) {
      this.users.push({ id: String(userId), email, roleIds: [] })
    }
    seedShop(this, now())
  }

  /** every record of a type, archived ones too, by the order of their creation */
  records(type: ObjectType | string): CrmRecord[] {
    return [...this.#rows(this.#records, type).values()]
  }

  /** what a search sees: copies, as old as the index is */
  indexed(type: ObjectType): CrmRecord[] {
    return [...this.#rows(this.#index, type).values()]
  }

  /** the record, also under an id that a merge has taken away; undefined when there is none */
  find(type: ObjectType | string, id: string, idProperty = 'hs_object_id'): CrmRecord | undefined {
    const known = typeof type === 'string' ? findType(type) : type
    if (idProperty === 'hs_object_id') {
      const current = this.#merged.get(`${known.id}/${id}`) ?? id
      return this.#rows(this.#records, known).get(current)
    }
    const wanted = id.toLowerCase()
    return this.records(known).find(({ properties }) => {
      if (properties.get(idProperty)?.toLowerCase() === wanted) return true
      const more = idProperty === 'email' ? (properties.get('hs_additional_emails') ?? '') : ''
      return more.toLowerCase().split(';').includes(wanted)
    })
  }

  /** a live record, or HubSpot's 404 */
  require(type: ObjectType | string, id: string, idProperty?: string): CrmRecord {
    const record = this.find(type, id, idProperty)
    if (record && record.archivedAt === undefined) return record
    throw notFound(id)
  }

  /** a property's value now; undefined when it or the record is not there */
  value(type: string, id: string, property: string): string | undefined {
    return this.find(type, id)?.properties.get(property)
  }

  /** ids of a type that a record belongs to */
  linked(type: string, id: string, to: string): string[] {
    return this.associations.ids(findType(type), id, findType(to))
  }

  create(
    type: ObjectType,
    values: Readonly<Record<string, string>>,
    from: { readonly id?: string; readonly at?: number } = {},
  ): CrmRecord {
    this.#refuseTwins(type, values)
    const id = from.id ?? String(this.#nextId++)
    const at = new Date(from.at ?? this.#now()).toISOString()
    const record: CrmRecord = {
      type,
      id,
      properties: new Map(),
      history: new Map(),
      createdAt: at,
      updatedAt: at,
      archivedAt: undefined,
    }
    this.#rows(this.#records, type).set(id, record)
    const made = { ...values, hs_object_id: id, [createdName(type.id)]: at }
    this.#set(record, made, at)
    return record
  }

  update(record: CrmRecord, values: Readonly<Record<string, string>>): CrmRecord {
    this.#refuseTwins(record.type, values, record)
    this.#set(record, values, new Date(this.#now()).toISOString())
    return record
  }

  archive(record: CrmRecord): void {
    record.archivedAt = new Date(this.#now()).toISOString()
    this.#indexRecord(record)
  }

  /** GDPR: the record is gone, history and associations too */
  erase(record: CrmRecord): void {
    this.#rows(this.#records, record.type).delete(record.id)
    this.associations.forget(record.type.id, record.id)
    if (!this.isSearchBehind) this.#rows(this.#index, record.type).delete(record.id)
  }

  /** `absorbed` goes into `primary`: values that it lacks, all associations, and its id */
  merge(primary: CrmRecord, absorbed: CrmRecord): CrmRecord {
    if (primary === absorbed) throw badRequest('A record cannot be merged with itself')
    const missing = [...absorbed.properties].filter(([name]) => !primary.properties.has(name))
    this.associations.move(primary.type.id, absorbed.id, primary.id)
    this.erase(absorbed)
    this.#merged.set(`${primary.type.id}/${absorbed.id}`, primary.id)
    const merged = { ...Object.fromEntries(missing), hs_merged_object_ids: absorbed.id }
    this.#set(primary, merged, new Date(this.#now()).toISOString())
    return primary
  }

  /** searches see everything again */
  catchUp(): void {
    this.isSearchBehind = false
    for (const { id } of OBJECT_TYPES) {
      this.#index.set(id, new Map())
      for (const record of this.records(id)) this.#indexRecord(record)
    }
  }

  provision(email: string, roleIds: readonly string[]): User {
    if (this.users.some((user) => user.email === email)) {
      throw new HubspotError(409, 'CONFLICT', `A user with the address ${email} exists already`)
    }
    const user = { id: String(9100 + this.users.length), email, roleIds }
    this.users.push(user)
    return user
  }

  #set(record: CrmRecord, values: Readonly<Record<string, string>>, at: string): void {
    record.updatedAt = at
    const all = { ...values, [modifiedName(record.type.id)]: at }
    for (const [name, value] of Object.entries(all)) {
      if (value === '') record.properties.delete(name)
      else record.properties.set(name, value)
      const past: PastValue = {
        value,
        timestamp: at,
        sourceType: 'INTEGRATION',
        updatedByUserId: 9001,
      }
      record.history.set(name, [past, ...(record.history.get(name) ?? [])])
    }
    this.#indexRecord(record)
  }

  #indexRecord(record: CrmRecord): void {
    if (this.isSearchBehind) return
    const copy = { ...record, properties: new Map(record.properties) }
    this.#rows(this.#index, record.type).set(record.id, copy)
  }

  /** HubSpot's own refusal names the record that is in the way, and tells of it, whoever may see it */
  #refuseTwins(type: ObjectType, values: Readonly<Record<string, string>>, self?: CrmRecord): void {
    for (const [name, value] of Object.entries(values)) {
      const isUnique = definitionsOf(type.id).get(name)?.isUnique === true
      const twin = isUnique && value !== '' ? this.find(type, value, name) : undefined
      if (twin === undefined || twin === self || twin.archivedAt !== undefined) continue
      const what = type.singular[0]?.toUpperCase() + type.singular.slice(1)
      const identityProfile = { vid: twin.id, identity: [...twin.properties.values()] }
      throw new HubspotError(409, 'CONFLICT', `${what} already exists. Existing ID: ${twin.id}`, {
        more: { identityProfile },
      })
    }
  }

  #rows(
    table: ReadonlyMap<string, Map<string, CrmRecord>>,
    type: ObjectType | string,
  ): Map<string, CrmRecord> {
    const { id } = typeof type === 'string' ? findType(type) : type
    return table.get(id) ?? new Map<string, CrmRecord>()
  }
}
