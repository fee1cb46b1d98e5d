import { expect, test } from 'vitest'
import { admitBlocks } from '../../../capabilities/token/admission.ts'
import { encodeBlock } from '../../../capabilities/token/block.ts'
import { SymbolTable } from '../../../capabilities/token/symbols.ts'
import { attempt } from '../../../capabilities/token/refusal.ts'
import type { Block } from '../../../capabilities/token/syntax.ts'
import { CONSTRAINTS } from '../../../capabilities/vocabulary/vocabularies.ts'

const saying = (name: string): Block => ({
  facts: [{ name, terms: [{ type: 'string', value: 'x' }] }],
  checks: [],
})

function isAdmittedLater(name: string): boolean {
  const symbols = new SymbolTable()
  const blocks = [saying('grant'), saying(name)].map((block) => ({
    payload: encodeBlock(block, symbols),
  }))
  return attempt(() => admitBlocks(blocks)).ok
}

test.each([
  'grant',
  'client',
  'right',
  'op',
  'time',
  'audience',
  'profile',
  'cnf_jkt',
  'local_time',
  'message_place',
  'budget_ok',
  'approval',
  ...CONSTRAINTS.map(({ predicate }) => predicate),
])('a later block cannot say `%s`', (name) => {
  expect(isAdmittedLater(name)).toBe(false)
})

test('a later block may say what nobody else says', () => {
  expect(isAdmittedLater('note')).toBe(true)
})
