import { describe, expect, test } from 'vitest'
import { appendBlock } from '../../../capabilities/token/attenuate.ts'
import { CapabilityError } from '../../../capabilities/errors.ts'
import { MAX_BLOCKS } from '../../../capabilities/token/envelope.ts'
import { mintToken } from '../../../capabilities/token/mint.ts'
import { MAX_TOKEN_CHARACTERS } from '../../../capabilities/token/token-text.ts'
import { parseToken } from '../../../capabilities/token/unverified.ts'
import {
  asked,
  block,
  branch,
  check,
  fact,
  granted,
  predicate,
  root,
  string,
  verified,
} from './builders.ts'
import {
  appendSource,
  decideByLibrary,
  isAcceptedByLibrary,
  readByLibrary,
  sealText,
} from './library.ts'

const { token } = mintToken(block(granted), root)
const onlySend = block([], check(branch([predicate('op', string('mail.send'))])))
const codeOf = (run: () => unknown): string | undefined => {
  try {
    run()
  } catch (error) {
    return error instanceof CapabilityError ? error.code : 'another error'
  }
  return undefined
}

describe('appending a block', () => {
  test('keeps the parent and adds one revocation id', () => {
    const child = appendBlock(token, onlySend)
    expect(verified(child.token).blocks).toEqual([block(granted), onlySend])
    expect(child.revocationIds).toEqual(verified(child.token).revocationIds)
    expect(child.revocationIds.slice(0, 1)).toEqual(verified(token).revocationIds)
    expect(readByLibrary(child.token).revocationIds).toEqual(child.revocationIds)
  })

  test('narrows for the library, too', () => {
    expect(decideByLibrary(token, asked)).toBe('allow')
    expect(decideByLibrary(appendBlock(token, onlySend).token, asked)).toBe('deny')
  })

  test('gives siblings different ids', () => {
    const [first, second] = [appendBlock(token, onlySend), appendBlock(token, onlySend)]
    expect(first.revocationIds[1]).not.toBe(second.revocationIds[1])
  })

  test('goes on where the library appended, and the library goes on where we did', () => {
    const mixed = appendSource(
      appendBlock(token, onlySend).token,
      'check if note("mail.send", "new");',
    )
    const again = appendBlock(mixed, block([fact('note', string('new'))]))
    expect(isAcceptedByLibrary(again.token)).toBe(true)
    expect(verified(again.token).blocks).toHaveLength(4)
  })
})

describe('appending is refused', () => {
  test('to a sealed token', () => {
    expect(codeOf(() => appendBlock(sealText(token), onlySend))).toBe('sealed_token')
    expect(parseToken(sealText(token))).toMatchObject({ ok: true, token: { sealed: true } })
  })

  test.each(['', 'x', token.slice(1), token.slice(0, -8), `${token}AAAA`])('to %j', (text) => {
    expect(codeOf(() => appendBlock(text, onlySend))).toBe('invalid_token')
  })

  test('when no front would admit the result', () => {
    expect(codeOf(() => appendBlock(token, block([fact('right', string('mail.delete'))])))).toBe(
      'invalid_block',
    )
    expect(codeOf(() => appendBlock(token, block([], check())))).toBe('invalid_block')
  })

  test('past the last block', () => {
    let text = token
    for (let blocks = 1; blocks < MAX_BLOCKS; blocks++) text = appendBlock(text, onlySend).token
    expect(verified(text).blocks).toHaveLength(MAX_BLOCKS)
    expect(codeOf(() => appendBlock(text, onlySend))).toBe('token_too_large')
  })

  test('not at the length that fits a header', () => {
    const long = Array.from({ length: 5 }, (_, index) =>
      fact('note', string(`${index}`.repeat(999))),
    )
    const mintWith = (length: number): string =>
      mintToken(block([...granted, ...long, fact('note', string('x'.repeat(length)))]), root).token
    const room = (MAX_TOKEN_CHARACTERS * 3) / 4 - Buffer.from(mintWith(1), 'base64url').length
    const lengths = [-3, -2, -1, 0, 1, 2].flatMap((more) =>
      codeOf(() => mintWith(room + more)) === undefined ? [mintWith(room + more).length] : [],
    )
    expect(Math.max(...lengths)).toBe(MAX_TOKEN_CHARACTERS)
  })

  test('past the length that fits a header', () => {
    const facts = Array.from({ length: 7 }, (_, index) =>
      fact('note', string(String(index).repeat(1000))),
    )
    expect(codeOf(() => appendBlock(token, block(facts)))).toBe('token_too_large')
    expect(codeOf(() => mintToken(block([...granted, ...facts]), root))).toBe('token_too_large')
  })
})

test('a root key of the wrong length is refused', () => {
  const short = { id: 1, privateKey: root.privateKey.subarray(1) }
  expect(codeOf(() => mintToken(block(granted), short))).toBe('invalid_key')
})
