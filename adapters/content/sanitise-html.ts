import sanitizeHtml from 'sanitize-html'
import { stripInvisible } from './invisible.ts'

const ALLOWED_TAGS = (
  'p br div span hr blockquote pre code h1 h2 h3 h4 h5 h6 b strong i em u s sub sup small a ' +
  'ul ol li dl dt dd table caption thead tbody tfoot tr th td'
).split(' ')

/**
 * HTML as a person would type it into a mail: text, lists, tables, links. Nothing that loads (img, link, iframe, svg,
 * CSS), runs, posts, or hides (style, class, comments). What was hidden by a style is shown, so that the buyer's
 * correspondents see all that is sent.
 */
const RULES: sanitizeHtml.IOptions = {
  allowedTags: ALLOWED_TAGS,
  allowedAttributes: { a: ['href'], td: ['colspan', 'rowspan'], th: ['colspan', 'rowspan'] },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: {},
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  nonTextTags: [
    'script',
    'style',
    'textarea',
    'option',
    'noscript',
    'title',
    'template',
    'svg',
    'math',
    'xmp',
  ],
  enforceHtmlBoundary: false,
  nestingLimit: 60,
  parseStyleAttributes: false,
  transformTags: {
    a: (tagName, attributes) => ({ tagName, attribs: keepPlainLink(attributes['href']) }),
    td: (tagName, attributes) => ({ tagName, attribs: keepSpans(attributes) }),
    th: (tagName, attributes) => ({ tagName, attribs: keepSpans(attributes) }),
  },
}

export function sanitiseHtml(html: string): string {
  const clean = stripInvisible(sanitizeHtml(stripInvisible(html), RULES))
  // a sanitiser that would still change its own output has been led to read the text in two ways
  return sanitizeHtml(clean, RULES) === clean ? clean : escapeText(htmlToText(clean))
}

/** the text a reader sees, without mark-up; words of neighbouring blocks touch */
export function htmlToText(html: string): string {
  return unescapeText(sanitizeHtml(html, { allowedTags: [], allowedAttributes: {} }))
}

/** relative and odd links have no meaning in a mail; a mailto may carry further recipients and a body, so only its one address stays */
function keepPlainLink(href: string | undefined): sanitizeHtml.Attributes {
  const url = href === undefined ? null : URL.parse(href.trim())
  if (url === null || url.username !== '' || url.password !== '') return {}
  if (url.protocol === 'mailto:') {
    return /^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$/.test(url.pathname)
      ? { href: `mailto:${url.pathname}` }
      : {}
  }
  return url.protocol === 'http:' || url.protocol === 'https:' ? { href: url.href } : {}
}

function keepSpans(attributes: sanitizeHtml.Attributes): sanitizeHtml.Attributes {
  const kept = Object.entries(attributes).filter(
    ([name, value]) => (name === 'colspan' || name === 'rowspan') && /^[1-9]\d?$/.test(value),
  )
  return Object.fromEntries(kept)
}

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

function unescapeText(text: string): string {
  return text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
}
