import { ASSOCIATION_TYPES } from './association-types.ts'
import type { Crm, CrmRecord } from './crm.ts'
import { findType } from './object-types.ts'
import { SEED_DEALS, SEED_GOODS } from './seed-business.ts'
import { SEED_ENGAGEMENTS } from './seed-engagements.ts'
import { SEED_LINKS } from './seed-links.ts'
import { SEED_COMPANIES, SEED_CONTACTS } from './seed-people.ts'

/** ids of the tea shop's CRM, the same on every start. What Jonas owns is what an agent of Ines's must not see */
export const SEED = {
  portal: '123',
  ines: '71100001',
  jonas: '71100002',
  salesPipeline: 'default',
  wholesalePipeline: '2233001',
  supportPipeline: '0',
  lawyersPipeline: '2233002',
  /** Ines's contacts; Mara has every association there is */
  mara: '501',
  omar: '502',
  /** Ines's, without a company, and with a second address: old.lena@guest.example */
  lena: '503',
  /** Ines's contact that absorbed 599 */
  merged: '504',
  mergedAway: '599',
  /** Jonas's contacts: Viktor's e-mail, `ssn` and remarks are what an oracle would be asked about */
  viktor: '510',
  hanna: '511',
  /** nobody's */
  ownerless: '515',
  /** Ines's, archived */
  archived: '516',
  /** Ines's company; Mara's and Omar's */
  cafe: '601',
  /** Jonas's company has the number of Ines's Mara, and is Mara's second company */
  hiddenCompany: '501',
  /** Ines's deals; `bigDeal` is a wholesale one */
  deal: '701',
  bigDeal: '702',
  /** Jonas's */
  hiddenDeal: '710',
  /** Ines's tickets; `lawsuit` is in the lawyers' pipeline */
  ticket: '801',
  lawsuit: '802',
  hiddenTicket: '810',
  /** Ines's note on Mara; Jonas's note on Viktor; and Jonas's note on Mara */
  note: '1001',
  hiddenNote: '1002',
  hiddenNoteOnMara: '1003',
  /** e-mails that went between the shop and Mara, the shop and Viktor */
  email: '1101',
  hiddenEmail: '1102',
  task: '1201',
  call: '1301',
  lineItem: '1401',
  product: '1501',
  /** lists of contacts: Mara and Viktor; Omar */
  regulars: '31',
  newsletter: '32',
  tea: '1601',
  hiddenTea: '1602',
} as const

const DAY = 86_400_000

export type SeedRow = readonly [
  type: string,
  id: string,
  owner: string | undefined,
  properties: Readonly<Record<string, string>>,
]

export function seedShop(crm: Crm, now: number): void {
  const rows = [
    ...SEED_CONTACTS,
    ...SEED_COMPANIES,
    ...SEED_DEALS,
    ...SEED_ENGAGEMENTS,
    ...SEED_GOODS,
  ]
  for (const [place, [typeName, id, owner, properties]] of rows.entries()) {
    const type = findType(typeName)
    const at = now - (400 - 5 * place) * DAY
    const moment = type.isEngagement ? { hs_timestamp: new Date(at).toISOString() } : {}
    const owned = owner === undefined ? {} : { hubspot_owner_id: owner }
    crm.create(type, { ...moment, ...owned, ...properties }, { id, at })
  }
  for (const [typeId, fromId, toId] of SEED_LINKS) {
    const type = ASSOCIATION_TYPES.find((one) => one.typeId === typeId)
    if (type) crm.associations.add(type, fromId, toId)
  }
  crm.lists.set(SEED.regulars, new Set([SEED.mara, SEED.viktor]))
  crm.lists.set(SEED.newsletter, new Set([SEED.omar]))
  const contact = (id: string): CrmRecord => crm.require('contacts', id)
  // her city was another one before, which only the history knows
  crm.update(contact(SEED.mara), { city: 'Bremen' })
  crm.merge(contact(SEED.merged), contact(SEED.mergedAway))
  crm.archive(contact(SEED.archived))
}
