import { createHmac } from 'node:crypto'
import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { SecretBytes, SecretText } from '../../server/secret.ts'

const text = 'ya29.very-secret'
const bytes = Buffer.from(text)

/** the ways in which a value gets into a text without anybody deciding so */
function printings(secret: SecretText | SecretBytes): string[] {
  return [
    JSON.stringify({ secret }),
    inspect({ nested: { secret } }, { depth: 9, showHidden: true }),
    format('%s %j %o', secret, secret, secret),
    String(secret),
    `${secret.toString()}`,
    secret.toLocaleString(),
  ]
}

describe.each([
  ['SecretText', new SecretText(text)],
  ['SecretBytes', new SecretBytes(bytes)],
])('%s', (_name, secret) => {
  it('is printed nowhere', () => {
    for (const printed of printings(secret)) {
      expect(printed).toContain('[redacted]')
      expect(printed).not.toContain(text)
      expect(printed).not.toContain([...bytes].slice(0, 3).join(','))
      expect(printed).not.toContain(bytes.toString('hex').slice(0, 8))
    }
  })
})

describe('a secret', () => {
  it('is there for whoever asks for it', () => {
    expect(new SecretText(text).reveal()).toBe(text)
    const mac = (key: Uint8Array): string => createHmac('sha256', key).update('x').digest('hex')
    expect(mac(new SecretBytes(bytes))).toBe(mac(bytes))
    expect(Buffer.from(new SecretBytes(bytes)).equals(bytes)).toBe(true)
  })
})
