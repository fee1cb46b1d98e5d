import type { WrittenContent } from '../../../capabilities/index.ts'
import { findLinkHosts } from '../../content/links.ts'
import { sanitiseHtml } from '../../content/sanitise-html.ts'
import { collectTexts } from '../../content/texts.ts'
import type { Values } from './values.ts'

/** HubSpot shows these as HTML to whoever opens the record */
const HTML = new Set([
  'hs_note_body',
  'hs_task_body',
  'hs_call_body',
  'hs_email_html',
  'hs_meeting_body',
  'hs_communication_body',
])

/** nothing that a rule about texts could object to */
export const NO_CONTENT: WrittenContent = { html: 'none', linkOrigins: [], texts: [] }

export interface Written {
  /** as they go to HubSpot: HTML as the sanitiser leaves it */
  readonly values: Values
  readonly content: WrittenContent
}

/** what is written, read by the rules of a mail that leaves */
export function readContent(given: Values): Written {
  const values: Record<string, string> = {}
  const linkOrigins: 'new'[] = []
  const texts: string[] = []
  let html: WrittenContent['html'] = 'none'
  for (const [name, text] of Object.entries(given)) {
    const isHtml = HTML.has(name) && /[<&]/.test(text)
    const value = isHtml ? sanitiseHtml(text) : text
    values[name] = value
    const wording = { text: isHtml ? undefined : value, html: isHtml ? value : undefined }
    if (isHtml) html = 'sanitised'
    texts.push(...collectTexts({ ...wording, attachments: [] }, []))
    linkOrigins.push(...findLinkHosts(wording.text, wording.html).map(() => 'new' as const))
  }
  return { values, content: { html, linkOrigins, texts } }
}
