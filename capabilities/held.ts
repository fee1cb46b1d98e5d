import { readBlock } from './decompile.ts'
import type { Block, Check } from './token/syntax.ts'
import { PROVIDERS, type Conditions, type Narrowing } from './vocabulary/capability.ts'
import { expiry } from './vocabulary/expiry.ts'
import { vocabularyOf } from './vocabulary/vocabularies.ts'

/**
 * What a block leaves of each action, its end and its front included: those two stand in checks of their own, beside the
 * entries, and limit every one of them. Undefined when the block limits nothing that an entry could ask for.
 */
export function readHeld(block: Block): Narrowing[] | undefined {
  const { entries, expiresAt, others } = readBlock(block)
  const front = others.flatMap((check) => audienceOf(check) ?? [])
  if (entries === undefined && expiresAt === undefined && front.length === 0) return undefined
  const everything = PROVIDERS.flatMap((type) =>
    vocabularyOf(type).names.map((action) => ({ type, actions: [action] })),
  )
  return (entries ?? everything).map((entry: Narrowing) => ({
    ...entry,
    ...(front.length > 0 && { locations: front }),
    ...soonest(entry, { expires_at: expiresAt }),
  }))
}

function soonest(one: Conditions, other: Conditions): Conditions {
  const sooner = expiry.subsumes(one, other) ? other : one
  return sooner.expires_at === undefined ? {} : { expires_at: sooner.expires_at }
}

/** the check that compile.ts writes for the front */
function audienceOf({ queries: [query, ...alternatives] }: Check): string | undefined {
  const [predicate, ...others] = query?.predicates ?? []
  const [term, ...rest] = predicate?.terms ?? []
  const extras = [alternatives, others, rest, query?.expressions ?? []]
  if (predicate?.name !== 'audience' || extras.some(({ length }) => length > 0)) return undefined
  return term?.type === 'string' ? term.value : undefined
}
