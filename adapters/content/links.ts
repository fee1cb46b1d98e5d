import { domainToASCII } from 'node:url'
import { htmlToText } from './sanitise-html.ts'

/**
 * The hosts that a mail leads to, each once: of its `href`s, and of everything in its words that mail clients turn into
 * a link by themselves. It rather sees a link too many than one too few; a plain mail address in a text is none.
 */
export function findLinkHosts(
  text: string | undefined,
  sanitisedHtml: string | undefined,
): string[] {
  const hosts = new Set<string>()
  for (const match of (sanitisedHtml ?? '').matchAll(/ href="([^"]*)"/g)) {
    addHrefHost(hosts, String(match[1]))
  }
  addTextHosts(hosts, text ?? '')
  addTextHosts(hosts, htmlToText(sanitisedHtml ?? ''))
  return [...hosts]
}

/** up to the next scheme, so that a link inside a link's path counts too */
const URL_IN_TEXT = /[a-z][a-z0-9+.-]{0,15}:\/\/(?:(?![a-z][a-z0-9+.-]{0,15}:\/\/)[^\s<>"])+/gi
const TRAILING = '.,;:!?\'")]}'
/** its domain is not a place to load from; the look-behind keeps the user part of an odd URL out */
const ADDRESS_IN_TEXT =
  /(?<![\w/:.@+-])[\w.+-]{1,64}@(?=[\p{L}\p{M}\p{N}-]+\.)[\p{L}\p{M}\p{N}.-]+(?![\p{L}\p{M}\p{N}/?:@-]|\.[\p{L}\p{M}\p{N}])/gu
/** any run of dot-separated labels, with whatever stands before and behind it; a letter may be written with its mark apart */
const HOST_IN_TEXT =
  /(?<![\p{L}\p{M}\p{N}_-])((?:[\p{L}\p{M}\p{N}_-]{1,63}[.\u3002\uff0e\uff61]){1,126}[\p{L}\p{M}\p{N}_-]{1,63})(?![\p{L}\p{M}\p{N}_-])([/:?#]?)/gu

export function addTextHosts(hosts: Set<string>, text: string): void {
  const rest = text.replace(URL_IN_TEXT, (run) => takeUrl(hosts, run))
  const withoutAddresses = rest.includes('@') ? rest.replace(ADDRESS_IN_TEXT, ' ') : rest
  for (const match of withoutAddresses.matchAll(HOST_IN_TEXT)) {
    const host = domainToASCII(String(match[1]).replace(/[\u3002\uff0e\uff61]/g, '.')).toLowerCase()
    if (isLinked(host, match[2] !== '')) hosts.add(host)
  }
}

/** Clients end a link at different punctuation: both readings count, and what follows the shorter one is read as text. */
function takeUrl(hosts: Set<string>, run: string): string {
  const longest = trimEnd(run)
  const shortest = longest.replace(/[,;|()[\]{}'`^\\].*$/s, '')
  const isUrl = [longest, shortest].map((url) => addUrl(hosts, url)).includes(true)
  return isUrl ? ` ${run.slice(shortest.length)}` : run
}

function trimEnd(run: string): string {
  let end = run.length
  while (TRAILING.includes(run[end - 1] ?? ' ')) end--
  return run.slice(0, end)
}

export function addHrefHost(hosts: Set<string>, href: string): void {
  addUrl(hosts, href.replace(/&amp;/g, '&'))
}

function addUrl(hosts: Set<string>, text: string): boolean {
  const url = URL.parse(text)
  const host = url?.protocol === 'mailto:' ? url.pathname.split('@').pop() : url?.hostname
  if (host === undefined || host === '') return false
  hosts.add(host.toLowerCase())
  return true
}

/** endings of file names that are no top-level domain: `report.pdf` is not made a link */
const FILE_ENDINGS: ReadonlySet<string> = new Set(
  (
    'pdf txt rtf doc docx odt xls xlsx ods ppt pptx csv tsv json xml yaml yml html htm css js png jpg jpeg gif webp svg ' +
    'tif tiff bmp log ics eml msg exe dll'
  ).split(' '),
)

/** the last label can be a top-level domain, or the whole is an IPv4 address */
function isLinked(host: string, followedByPath: boolean): boolean {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return true
  const ending = /\.([a-z]{2,63}|xn--[a-z0-9-]+)$/.exec(host)?.[1]
  return (
    ending !== undefined && (followedByPath || host.startsWith('www.') || !FILE_ENDINGS.has(ending))
  )
}
