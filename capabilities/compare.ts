import { CapabilityError } from './errors.ts'
import type { ActionName, Capability, Conditions, Narrowing } from './vocabulary/capability.ts'
import type { Constraint } from './vocabulary/constraint.ts'
import { locations } from './vocabulary/locations.ts'
import {
  alternativesIn,
  definitionOf,
  vocabularyOf,
  type Single,
} from './vocabulary/vocabularies.ts'

/**
 * True only if everything that `narrower` permits, `wider` permits. Sound, not complete: two hours windows in different time
 * zones, or several rows that only together cover one, count as not covered.
 *
 * @example
 * const [wider, narrower] = parseCapabilities([
 *   { type: 'gmail', actions: ['messages.read'], from: { domains: ['acme.com'] } },
 *   { type: 'gmail', actions: ['messages.read'], from: { addresses: ['bob@acme.com'] } },
 * ])
 * if (wider && narrower) subsumes(wider, narrower) // true
 */
export function subsumes(wider: Capability, narrower: Capability): boolean {
  const held = alternativesIn(wider)
  return alternativesIn(narrower).every((single) =>
    held.some((one) => excessOf(single, one).length === 0),
  )
}

/**
 * Every wanted capability lies inside the granted ones, action by action.
 *
 * @example
 * if (!within(wanted, granted)) throw new Error(wanted.map((one) => findExcess(one, granted)).join())
 */
export function within(wanted: readonly Capability[], granted: readonly Capability[]): boolean {
  return wanted.every((one) => findExcess(one, granted) === undefined)
}

/**
 * What of a wanted capability is too wide, in a sentence; undefined when it lies inside the granted ones.
 *
 * @example
 * findExcess(anyoneAtEvil, [anyoneAtAcme])
 * // 'messages.read: `from`: asked is `from anyone at evil.example`, granted is `from anyone at acme.com`'
 */
export function findExcess(wanted: Narrowing, granted: readonly Narrowing[]): string | undefined {
  const held = granted.flatMap(alternativesIn)
  for (const single of alternativesIn(wanted)) {
    const excess = excessOver(single, held, everythingBut(unsaidLocations(wanted)))
    if (excess !== undefined) return excess
  }
  return undefined
}

/**
 * Attenuation entries against what is held: what an entry says must lie inside, what it leaves unsaid stays as it is held.
 *
 * @throws CapabilityError `exceeds_grant`, saying what is too wide
 * @example
 * inherit(parseNarrowing([{ type: 'gmail', actions: ['messages.read'], content: 'metadata' }]), held)
 */
export function inherit(asked: readonly Narrowing[], held: readonly Capability[]): Capability[] {
  const inherited = asked.flatMap((entry) => {
    const excess = findNarrowingExcess(entry, held)
    if (excess !== undefined) throw new CapabilityError('exceeds_grant', excess)
    return held.flatMap((parent) => overlay(entry, parent))
  })
  return distinct(inherited)
}

/** as `findExcess`, for an entry that leaves things to its parent */
export function findNarrowingExcess(
  asked: Narrowing,
  held: readonly Narrowing[],
): string | undefined {
  const parents = held.flatMap(alternativesIn)
  for (const single of alternativesIn(asked)) {
    const excess = excessOver(single, parents, onlySaid(single.conditions))
    if (excess !== undefined) return excess
  }
  return findUnsayable(asked, held)
}

/** the child of one parent: the actions for which what is asked lies inside, with the rest as the parent has it */
function overlay(asked: Narrowing, parent: Capability): Capability[] {
  if (hasAlternatives(asked) || hasAlternatives(parent)) return overlayAlternatives(asked, parent)
  const parents = alternativesIn(parent)
  const actions = alternativesIn(asked)
    .filter((single) => parents.some((one) => liesInside(single, one)))
    .map(({ action }) => action)
  if (actions.length === 0) return []
  const { constraints } = vocabularyOf(parent.type)
  const child = constraints.reduce<Capability>(
    (into, one) => ({ ...into, ...one.take(into, asked) }),
    parent,
  )
  return [restrict(child, actions)]
}

/** what it says of asking is of some of its alternatives only, so it cannot be put upon another entry field by field */
function hasAlternatives(entry: Narrowing): boolean {
  const { approval, limits = [] } = entry
  return typeof approval === 'object' || limits.some(({ over }) => over === 'ask')
}

/**
 * INVARIANT: what a child says is put upon each alternative of its parent and never upon their union: asking is never left out, and
 * what needs no asking still needs none. A field that is wider there than the alternative has it leaves that as it is.
 */
function overlayAlternatives(asked: Narrowing, parent: Capability): Capability[] {
  const children = alternativesIn(asked).flatMap((single) =>
    alternativesIn(parent).flatMap((held): Capability[] => {
      const conditions = isSameAction(single, held) ? narrowed(held, single) : undefined
      return conditions ? [{ type: held.type, actions: [held.action], ...conditions }] : []
    }),
  )
  return children.filter(
    (one, index) =>
      !children.some(
        (other, place) =>
          place !== index && subsumes(other, one) && (place < index || !subsumes(one, other)),
      ),
  )
}

/** both at once; undefined: some field of the two cannot be said in one */
function narrowed(held: Single, asked: Single): Conditions | undefined {
  let both: Conditions = held.conditions
  for (const one of definitionOf(held.type, held.action).constraints) {
    if (!one.isSaid(asked.conditions)) continue
    if (one.subsumes(held.conditions, asked.conditions)) both = one.take(both, asked.conditions)
    else if (!one.subsumes(asked.conditions, held.conditions)) return undefined
  }
  return both
}

/** of a parent that asks: what lies inside one of its alternatives and cannot be said of another, as days of two zones */
function findUnsayable(asked: Narrowing, held: readonly Narrowing[]): string | undefined {
  for (const parent of held.filter(hasAlternatives)) {
    for (const single of alternativesIn(asked)) {
      const parents = alternativesIn(parent).filter((one) => isSameAction(one, single))
      const apart = parents.find((one) => narrowed(one, single) === undefined)
      if (apart === undefined || !parents.some((one) => liesInside(single, one))) continue
      return excessOver(single, [apart], onlySaid(single.conditions))
    }
  }
  return undefined
}

function liesInside(asked: Single, held: Single): boolean {
  return excessOf(asked, held, onlySaid(asked.conditions)).length === 0
}

/**
 * What both the wanted and the granted capabilities allow, field by field where one of the two lies inside the other: the
 * wanted one where it is covered, the granted ones inside it, or a mixture.
 *
 * @example
 * intersect(asked, liveGrant)
 */
export function intersect(
  wanted: readonly Capability[],
  granted: readonly Capability[],
): Capability[] {
  return distinct(
    wanted.flatMap((one) => {
      const cover = granted.find((other) => findExcess(one, [other]) === undefined)
      if (cover !== undefined)
        return [locations.isSaid(one) ? one : { ...one, ...locations.take({}, cover) }]
      return granted.flatMap((other) => meet(one, other))
    }),
  )
}

function meet(wanted: Capability, granted: Capability): Capability[] {
  const held = alternativesIn(granted)
  return alternativesIn(wanted).flatMap((one) =>
    held.flatMap((other): Capability[] => {
      const common = isSameAction(one, other) ? meetConditions(one, other) : undefined
      return common ? [{ type: one.type, actions: [one.action], ...common }] : []
    }),
  )
}

function meetConditions(one: Single, other: Single): Conditions | undefined {
  let common: Conditions = {}
  for (const constraint of definitionOf(one.type, one.action).constraints) {
    if (constraint.subsumes(other.conditions, one.conditions)) {
      common = constraint.take(common, one.conditions)
    } else if (constraint.subsumes(one.conditions, other.conditions)) {
      common = constraint.take(common, other.conditions)
    } else return undefined
  }
  return common
}

function isSameAction(one: Single, other: Single): boolean {
  return one.type === other.type && one.action === other.action
}

type Relevance = (constraint: Constraint) => boolean

const everything: Relevance = () => true

function everythingBut(left: Constraint | undefined): Relevance {
  return (constraint) => constraint !== left
}

/** the front is filled in: an entry that names none means the one it was granted for */
function unsaidLocations(entry: Narrowing): Constraint | undefined {
  return locations.isSaid(entry) ? undefined : locations
}

function onlySaid(conditions: Conditions): Relevance {
  return (constraint) => constraint.isSaid(conditions)
}

/** the constraints that keep `wanted` from lying inside `held` */
function excessOf(wanted: Single, held: Single, relevant: Relevance = everything): Constraint[] {
  const { constraints } = definitionOf(held.type, held.action)
  if (!isSameAction(wanted, held)) return [...constraints]
  return constraints.filter(
    (one) => relevant(one) && !one.subsumes(held.conditions, wanted.conditions),
  )
}

/** against the parent that comes closest */
function excessOver(
  wanted: Single,
  held: readonly Single[],
  relevant: Relevance,
): string | undefined {
  const candidates = held.filter((one) => isSameAction(one, wanted))
  if (candidates.length === 0) return `${wanted.action}: the grant does not have this action`
  const [closest] = candidates
    .map((parent) => ({ parent, excess: excessOf(wanted, parent, relevant) }))
    .sort((a, b) => a.excess.length - b.excess.length)
  const [first] = closest?.excess ?? []
  if (closest === undefined || first === undefined) return undefined
  const asks = first.phrase(wanted.conditions)
  const has = first.phrase(closest.parent.conditions)
  return `${wanted.action}: \`${first.name}\`: asked is ${quoted(asks)}, granted is ${quoted(has)}`
}

/** phrases are ours, with what is a stranger's already quoted inside */
function quoted(phrase: string | undefined): string {
  return phrase === undefined ? 'no limit' : `\`${phrase}\``
}

/**
 * The entry for some of its actions: it says only what bears on them.
 *
 * @example
 * restrict(readingAndReplying, ['messages.read']) // without `recipients`, and with the limits that count reading
 */
export function restrict(entry: Capability, actions: readonly ActionName[]): Capability {
  const { type } = entry
  const relevant = vocabularyOf(type).constraints.filter((one) =>
    actions.some((action) => definitionOf(type, action).constraints.includes(one)),
  )
  return relevant.reduce<Capability>((into, one) => ({ ...into, ...one.take(into, entry) }), {
    type,
    actions,
  })
}

function distinct(capabilities: readonly Capability[]): Capability[] {
  return [...new Map(capabilities.map((one) => [JSON.stringify(one), one])).values()]
}
