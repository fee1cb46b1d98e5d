import { readBlock } from '../capabilities/decompile.ts'
import { readUnverified } from '../capabilities/inspect.ts'
import { GMAIL_ACTIONS, type GmailActionName } from '../capabilities/vocabulary/capability.ts'

/** the actions that every block of the token leaves; a block that limits none in words we know leaves them all */
export function actionsOf(token: string): GmailActionName[] {
  const { unverifiedBlocks: blocks } = readUnverified(token)
  const left = blocks.map((block) =>
    readBlock(block).entries?.flatMap(({ type, actions }) => (type === 'gmail' ? actions : [])),
  )
  return GMAIL_ACTIONS.filter((action) =>
    left.every((actions) => actions === undefined || actions.includes(action)),
  )
}
