import { ASSOCIATION_TYPES, type AssociationType } from './association-types.ts'
import type { ObjectType } from './object-types.ts'

interface End {
  readonly typeId: string
  readonly id: string
}

interface Link {
  readonly from: End
  readonly to: End
  readonly types: Set<AssociationType>
}

/** which records belong to which, each link kept in both directions with its labels */
export class CrmAssociations {
  readonly #links = new Map<string, Link>()

  /** links of one record to those of a type, in the order of the ids */
  of(from: ObjectType, id: string, to: ObjectType): Link[] {
    return [...this.#links.values()]
      .filter((link) => link.from.typeId === from.id && link.from.id === id)
      .filter((link) => link.to.typeId === to.id && link.types.size > 0)
      .toSorted((left, right) => Number(left.to.id) - Number(right.to.id))
  }

  ids(from: ObjectType, id: string, to: ObjectType): string[] {
    return this.of(from, id, to).map((link) => link.to.id)
  }

  add(type: AssociationType, fromId: string, toId: string): void {
    const there = this.#link({ typeId: type.from, id: fromId }, { typeId: type.to, id: toId })
    const back = this.#link({ typeId: type.to, id: toId }, { typeId: type.from, id: fromId })
    there.types.add(type)
    back.types.add(reverseOf(type))
  }

  /** without a type: all that there is between the two */
  remove(
    from: ObjectType,
    fromId: string,
    to: ObjectType,
    toId: string,
    type?: AssociationType,
  ): void {
    const there = this.#link({ typeId: from.id, id: fromId }, { typeId: to.id, id: toId })
    const back = this.#link({ typeId: to.id, id: toId }, { typeId: from.id, id: fromId })
    for (const each of type ? [type] : there.types) {
      there.types.delete(each)
      back.types.delete(reverseOf(each))
    }
  }

  forget(typeId: string, id: string): void {
    for (const [key, { from, to }] of this.#links) {
      const isOf = (end: End): boolean => end.typeId === typeId && end.id === id
      if (isOf(from) || isOf(to)) this.#links.delete(key)
    }
  }

  /** everything that one record belongs to belongs to another from now on */
  move(typeId: string, fromId: string, toId: string): void {
    for (const { from, to, types } of this.#links.values()) {
      if (from.typeId !== typeId || from.id !== fromId) continue
      for (const type of types) this.add(type, toId, to.id)
    }
  }

  #link(from: End, to: End): Link {
    const key = `${from.typeId}/${from.id}/${to.typeId}/${to.id}`
    const link = this.#links.get(key) ?? { from, to, types: new Set() }
    this.#links.set(key, link)
    return link
  }
}

function reverseOf(type: AssociationType): AssociationType {
  return (
    ASSOCIATION_TYPES.find(
      (one) => one.typeId === type.reverse && one.from === type.to && one.to === type.from,
    ) ?? type
  )
}
