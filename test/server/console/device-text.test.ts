import { expect, test } from 'vitest'
import { toDeviceText } from '../../../server/console/people/device-text.ts'

const mozilla = 'Mozilla/5.0'
const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)'

test.each([
  [`${mozilla} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`, 'Firefox on Linux'],
  [
    `${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0`,
    'Edge on Windows',
  ],
  [
    `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/19.0 Safari/605.1`,
    'Safari on a Mac',
  ],
  [
    `${mozilla} (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 CriOS/140 Mobile Safari/604.1`,
    'Chrome on an iPhone',
  ],
  [
    `${mozilla} (Linux; Android 16; Pixel 10) ${webkit} Chrome/140.0.0.0 Mobile Safari/537.36`,
    'Chrome on Android',
  ],
  ['curl/8.5.0', 'curl/8.5.0'],
  [undefined, 'A browser that gave no name'],
  ['\u202E\u200B', 'A browser that gave no name'],
])('%s is %s', (userAgent, text) => {
  expect(toDeviceText(userAgent)).toBe(text)
})
