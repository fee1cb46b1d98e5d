import { expect, test } from 'vitest'
import {
  generatePassword,
  hashPassword,
  verifyPassword,
} from '../../../server/console/passwords.ts'

test('verifies the password it hashed, however it was composed, and no other', async () => {
  const hash = await hashPassword('Caf\u00e9 au lait')
  expect(await verifyPassword('Cafe\u0301 au lait', hash)).toBe(true)
  expect(await verifyPassword('Cafe au lait', hash)).toBe(false)
  expect(await verifyPassword('', hash)).toBe(false)
})

test('stores parameters and a salt of its own with each hash, never the password', async () => {
  const [one, other] = await Promise.all([
    hashPassword('same password'),
    hashPassword('same password'),
  ])
  expect(one).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/u)
  expect(one).not.toBe(other)
})

test('does the same work for a buyer who does not exist, and refuses', async () => {
  const hash = await hashPassword('right password')
  const cpu = async (stored: string | undefined): Promise<number> => {
    const before = process.cpuUsage()
    expect(await verifyPassword('wrong password', stored)).toBe(false)
    return process.cpuUsage(before).user
  }
  await cpu(hash)
  const known = (await cpu(hash)) + (await cpu(hash))
  const unknown = (await cpu(undefined)) + (await cpu(undefined))
  expect(unknown / known).toBeGreaterThan(0.5)
  expect(unknown / known).toBeLessThan(2)
})

test('refuses to read a stored hash of another form', async () => {
  await expect(verifyPassword('x', 'scrypt$2$1$1$AA$AA')).rejects.toThrow('unknown form')
})

test('makes passwords that differ and can be typed', () => {
  const made = new Set(Array.from({ length: 100 }, generatePassword))
  expect(made.size).toBe(100)
  for (const password of made)
    expect(password).toMatch(/^([a-hj-km-np-z2-9]{5}-){3}[a-hj-km-np-z2-9]{5}$/u)
})
