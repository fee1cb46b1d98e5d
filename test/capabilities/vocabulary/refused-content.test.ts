import { expect, test } from 'vitest'
import { findRefused } from '../../../capabilities/vocabulary/refused-content.ts'

const PRESETS = [
  'payment_card',
  'iban',
  'private_key',
  'api_key',
  'capability_token',
  'encoded_data',
]

/** patterns that repeat Unicode classes compile anew for the first such text; it once took nine seconds */
test('the first text outside Latin-1 costs no more than any other', () => {
  const started = process.cpuUsage()
  findRefused([...PRESETS, 'project falcon'], ['你好 – ٤١١١ ok'])
  expect(process.cpuUsage(started).user / 1e6).toBeLessThan(2)
})

test.each([
  ['payment_card', 'my card is 4111111111111111'],
  ['payment_card', 'amex: 3782-822463-10005'],
  ['payment_card', 'split 5555\n5555\n5555\n4444 over lines'],
  ['payment_card', 'dots 4.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1'],
  ['payment_card', 'full-width ４１１１ １１１１ １１１１ １１１１'],
  ['payment_card', 'arabic-indic ٤١١١ ١١١١ ١١١١ ١١١١'],
  ['payment_card', 'ref 99 4111 1111 1111 1111 99'],
  ['iban', 'DE89 3704 0044 0532 0130 00'],
  ['iban', 'gb82west12345698765432'],
  ['iban', 'pay NL-91-ABNA-0417-1643-00 now'],
  ['private_key', '-----BEGIN RSA PRIVATE KEY-----'],
  ['private_key', '-----begin openssh private key-----'],
  ['private_key', '- - - B E G I N  P R I V A T E  K E Y - - -'],
  ['private_key', '{"kty":"OKP","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}'],
  ['api_key', 'AKIAIOSFODNN7EXAMPLE123'.slice(0, 20).replace('EXAMPLE', 'EX4MP13')],
  ['api_key', 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'],
  ['api_key', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
  ['api_key', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x'],
  ['encoded_data', 'aGVsbG8gd29ybGQsIDEyMyA0NTYgNzg5'.repeat(5)],
  ['encoded_data', 'aGVsbG8gd29ybGQsIDEyMyA0NTYgNzg5\r\n> '.repeat(5)],
  ['encoded_data', '68 65 6c 6c 6f '.repeat(14)],
])('finds %s in %j', (preset, text) => {
  expect(findRefused(PRESETS, ['nothing here', text])).toContain(preset)
})

test.each([
  'Thank you for your order 1234567890123456, it left on 12 May 2026.',
  'Call us: +49 30 1234 5678, or +33 6 12 34 56 78',
  'Invoice 2026-0001, 2026-0002, 2026-0003 are paid, 1,200.00 EUR',
  'Please keep the private key of the shed, and begin with the door',
  'Slovakia and Akia Smith asked about the task list and the risk',
  'DE and GB customers: 12 of 34',
  'https://acme.example/en-GB/products/Category-12/a-very-long-path-of-words/that-goes-on-and-on/Until-the-end-of-2026/index-of-all-things',
  `1 22 333 4444 ${'0123456789 '.repeat(30)}`,
  'Eyjafjallajökull. Eyjafjallajökull.',
])('finds nothing in %j', (text) => {
  expect(findRefused(PRESETS, [text])).toEqual([])
})

test('walks long hostile text in linear time', () => {
  const size = 1 << 18
  const started = process.cpuUsage()
  for (const seed of [
    '1',
    '4000',
    'eyjaaaa',
    '.eyjaaaaaaaa1',
    'begin',
    'de12',
    'sk-a.b.',
    'ghp_',
    'EiQIABIg',
    'aB1/',
  ]) {
    findRefused(PRESETS, [seed.repeat(size / seed.length)])
  }
  // quadratic time would take minutes; the bound only tells the two apart
  expect(process.cpuUsage(started).user / 1e6).toBeLessThan(20)
})
