import type { Block } from './token/syntax.ts'

/**
 * Whether a token wants a proof of possession (RFC 9449): some check of some block speaks of the key. Which key it has to be,
 * and whether there is another way to satisfy the check, is for the evaluator to say, not for whoever looks at the request.
 *
 * @example
 * if (isKeyBound(token.blocks) && proof === undefined) refuse('send a DPoP proof')
 */
export function isKeyBound(blocks: readonly Block[]): boolean {
  return blocks.some(({ checks }) =>
    checks.some(({ queries }) =>
      queries.some(({ predicates }) => predicates.some(({ name }) => name === 'cnf_jkt')),
    ),
  )
}
