import { isRecord } from '../is-record.ts'
import type { Provider } from '../provider.ts'
import { toHubspotError } from './errors.ts'
import { HUBSPOT_OPERATIONS } from './operations/index.ts'

/** the CRM's objects and what belongs to them, in the numbered and in the dated versions; each is asked upstream in one of them */
export const hubspotProvider: Provider = {
  name: 'hubspot',
  basePath: '',
  operations: HUBSPOT_OPERATIONS,
  refusesWith409: true,
  isQuestion,
  readErrorCode,
  readNames: () => undefined,
  toError: toHubspotError,
}

/** `…/search` and `…/batch/read` of objects and of associations */
function isQuestion([crm, , area, ...rest]: readonly string[]): boolean {
  if (crm !== 'crm') return false
  const asked = rest.slice(area === 'associations' ? 2 : 1).join('/')
  if (area === 'associations') return asked === 'batch/read'
  return area === 'objects' && (asked === 'search' || asked === 'batch/read')
}

/** HubSpot's word for what it refused; its sentence may quote anything, the word is one of a closed list */
function readErrorCode(status: number, body: unknown): string | undefined {
  const category = isRecord(body) ? body['category'] : undefined
  if (status < 400 || status > 499 || typeof category !== 'string') return undefined
  return /^[A-Z][A-Z_]{1,63}$/.test(category) ? category : undefined
}
