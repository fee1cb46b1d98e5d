import { expect, test } from 'vitest'
import { flag, html } from '../../../server/console/html.ts'

const hostile = `"><script>alert('x')</script>&amp;`

test('escapes values in text and in quoted attributes', () => {
  const page = html`<a title="${hostile}">${hostile}</a>`.toString()
  expect(page).not.toContain('<script')
  expect(page).not.toContain(`'x'`)
  expect(page.match(/"/gu)).toHaveLength(2)
  expect(page).toContain('&amp;amp;')
})

test('escapes lists, nests markup and leaves out what is absent', () => {
  const items = ['<i>', html`<b>${'<'}</b>`, undefined, false as const]
  expect(html`<p>${items}${0}</p>`.toString()).toBe('<p>&lt;i&gt;<b>&lt;</b>0</p>')
})

test('writes a flag only when it is present', () => {
  expect(html`<i ${flag('checked', true)}></i>`.toString()).toBe('<i checked></i>')
  expect(html`<i ${flag('checked', false)}></i>`.toString()).toBe('<i ></i>')
})
