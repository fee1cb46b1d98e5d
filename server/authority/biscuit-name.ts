import type { VerifiedToken } from '../../capabilities/index.ts'

/**
 * How the record of a token that left as a Biscuit is named once it was found: by revocation ids, which are no credential.
 * With `attenuatedTo` it stands for a token that somebody narrowed offline.
 */
export interface BiscuitName {
  readonly root: string
  readonly attenuatedTo: string | undefined
}

const pattern = /^biscuit:(?<root>[0-9a-f]+)(?::(?<leaf>[0-9a-f]+))?$/

export function parseBiscuitName(jti: string): BiscuitName | undefined {
  const groups = pattern.exec(jti)?.groups
  const root = groups?.['root']
  return root === undefined ? undefined : { root, attenuatedTo: groups?.['leaf'] }
}

export function toBiscuitName(token: Pick<VerifiedToken, 'revocationIds'>): string {
  const [root, ...narrower] = token.revocationIds
  return ['biscuit', root, ...narrower.slice(-1)].join(':')
}
