import { CapabilityError } from './errors.ts'
import type { Capability, Conditions, GmailActionName, Narrowing } from './vocabulary/capability.ts'
import type { Constraint } from './vocabulary/constraint.ts'
import { conditionsFor, CONSTRAINTS, definitionOf } from './vocabulary/gmail.ts'
import { locations } from './vocabulary/locations.ts'

/** one action of an entry with what bears on it: comparing happens per action */
interface Single {
  readonly action: GmailActionName
  readonly conditions: Conditions
}

export function splitByAction(entry: Narrowing): Single[] {
  return entry.actions.map((action) => ({
    action,
    conditions: conditionsFor(action, entry),
  }))
}

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
  const held = splitByAction(wider)
  return splitByAction(narrower).every((single) =>
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
  const held = granted.flatMap(splitByAction)
  for (const single of splitByAction(wanted)) {
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
    return held.flatMap((parent) => overlay(entry, parent) ?? [])
  })
  return distinct(inherited)
}

/** as `findExcess`, for an entry that leaves things to its parent */
export function findNarrowingExcess(
  asked: Narrowing,
  held: readonly Narrowing[],
): string | undefined {
  const parents = held.flatMap(splitByAction)
  for (const single of splitByAction(asked)) {
    const excess = excessOver(single, parents, onlySaid(single.conditions))
    if (excess !== undefined) return excess
  }
  return undefined
}

/** the child of one parent: the actions for which what is asked lies inside, with the rest as the parent has it */
function overlay(asked: Narrowing, parent: Capability): Capability | undefined {
  const parents = splitByAction(parent)
  const actions = splitByAction(asked)
    .filter((single) =>
      parents.some((one) => excessOf(single, one, onlySaid(single.conditions)).length === 0),
    )
    .map(({ action }) => action)
  if (actions.length === 0) return undefined
  return restrict(
    CONSTRAINTS.reduce<Capability>((into, one) => ({ ...into, ...one.take(into, asked) }), parent),
    actions,
  )
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
  const held = splitByAction(granted)
  return splitByAction(wanted).flatMap(({ action, conditions }) => {
    const other = held.find((one) => one.action === action)
    const common = other && meetConditions(action, conditions, other.conditions)
    return common ? [{ type: 'gmail' as const, actions: [action], ...common }] : []
  })
}

function meetConditions(
  action: GmailActionName,
  one: Conditions,
  other: Conditions,
): Conditions | undefined {
  let common: Conditions = {}
  for (const constraint of definitionOf(action).constraints) {
    if (constraint.subsumes(other, one)) common = constraint.take(common, one)
    else if (constraint.subsumes(one, other)) common = constraint.take(common, other)
    else return undefined
  }
  return common
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
  if (wanted.action !== held.action) return [...definitionOf(held.action).constraints]
  return definitionOf(wanted.action).constraints.filter(
    (one) => relevant(one) && !one.subsumes(held.conditions, wanted.conditions),
  )
}

/** against the parent that comes closest */
function excessOver(
  wanted: Single,
  held: readonly Single[],
  relevant: Relevance,
): string | undefined {
  const candidates = held.filter(({ action }) => action === wanted.action)
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
export function restrict(entry: Capability, actions: readonly GmailActionName[]): Capability {
  const relevant = CONSTRAINTS.filter((one) =>
    actions.some((action) => definitionOf(action).constraints.includes(one)),
  )
  return relevant.reduce<Capability>((into, one) => ({ ...into, ...one.take(into, entry) }), {
    type: 'gmail',
    actions,
  })
}

function distinct(capabilities: readonly Capability[]): Capability[] {
  return [...new Map(capabilities.map((one) => [JSON.stringify(one), one])).values()]
}
