import type { IncomingHttpHeaders } from 'node:http'
import { PageRefusal } from './refusal.ts'

/**
 * A form is accepted only from a page of this console. Browsers send `Origin` with every POST, and `Sec-Fetch-Site` too
 * where the connection is trustworthy; a page cannot set either. A request with neither does not come from such a page.
 */
export function assertSameOrigin(headers: IncomingHttpHeaders, origin: string): void {
  if (!isSameOrigin(headers, origin)) {
    throw new PageRefusal(
      403,
      'This form came from somewhere else',
      'Nothing was changed. Open the page here again and send the form from it.',
    )
  }
}

function isSameOrigin(headers: IncomingHttpHeaders, origin: string): boolean {
  const site = headers['sec-fetch-site']
  const from = headers.origin
  if (site !== undefined && site !== 'same-origin') return false
  if (from !== undefined && from !== origin) return false
  return site !== undefined || from !== undefined
}
