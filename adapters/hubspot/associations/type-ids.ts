import type { HubspotObject } from '../../../capabilities/index.ts'

type Standard = Exclude<HubspotObject, 'custom'>
type Ids = Readonly<Partial<Record<Standard, readonly number[]>>>

/**
 * HubSpot's own types of links, from each kind to each: in the `associations` of a new record the number is all that says of which
 * kind the other end is. The same as in the stock client's list, which a test compares.
 */
const FROM: Readonly<Partial<Record<HubspotObject, Ids>>> = {
  contacts: {
    companies: [1, 279],
    deals: [4],
    tickets: [15],
    calls: [193],
    emails: [197],
    notes: [201],
    tasks: [203],
    contacts: [449],
  },
  companies: {
    contacts: [2, 280],
    deals: [6, 342],
    companies: [13, 14, 450],
    tickets: [25, 340],
    calls: [181],
    emails: [185],
    notes: [189],
    tasks: [191],
  },
  deals: {
    contacts: [3],
    companies: [5, 341],
    line_items: [19],
    tickets: [27],
    calls: [205],
    emails: [209],
    notes: [213],
    tasks: [215],
    deals: [451],
  },
  tickets: {
    contacts: [16],
    companies: [26, 339],
    deals: [28],
    calls: [219],
    emails: [223],
    notes: [227],
    tasks: [229],
    tickets: [452],
  },
  notes: { companies: [190], contacts: [202], deals: [214], tickets: [228] },
  tasks: { companies: [192], contacts: [204], deals: [216], tickets: [230] },
  calls: { companies: [182], contacts: [194], deals: [206], tickets: [220] },
  emails: { companies: [186], contacts: [198], deals: [210], tickets: [224] },
  line_items: { deals: [20] },
}

/** to which kind a link of HubSpot's own type goes; undefined: none that is known */
export function targetOfType(from: HubspotObject, typeId: number): Standard | undefined {
  const targets = Object.entries(FROM[from] ?? {}) as [Standard, readonly number[]][]
  return targets.find(([, ids]) => ids.includes(typeId))?.[0]
}
