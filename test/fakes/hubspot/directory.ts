/** who works in the shop, and the ways a deal or a ticket goes there */

export interface Owner {
  readonly id: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly userId: number
  readonly archived: boolean
}

interface Stage {
  readonly id: string
  readonly label: string
}

export interface Pipeline {
  readonly id: string
  readonly label: string
  readonly typeId: string
  readonly stages: readonly Stage[]
}

function owner(id: string, firstName: string, userId: number, archived = false): Owner {
  const email = `${firstName.toLowerCase()}@shop.example`
  return { id, email, firstName, lastName: 'Blatt', userId, archived }
}

export const OWNERS: readonly Owner[] = [
  owner('71100001', 'Ines', 9001),
  owner('71100002', 'Jonas', 9002),
  owner('71100003', 'Gone', 9003, true),
]

export const OWNER_IDS: readonly string[] = OWNERS.map(({ id }) => id)

export const PIPELINES: readonly Pipeline[] = [
  {
    id: 'default',
    label: 'Shop sales',
    typeId: '0-3',
    stages: [
      { id: 'appointmentscheduled', label: 'Tasting arranged' },
      { id: 'contractsent', label: 'Offer sent' },
      { id: 'closedwon', label: 'Won' },
      { id: 'closedlost', label: 'Lost' },
    ],
  },
  {
    id: '2233001',
    label: 'Wholesale',
    typeId: '0-3',
    stages: [
      { id: '5544001', label: 'Talking' },
      { id: '5544002', label: 'Signed' },
    ],
  },
  {
    id: '0',
    label: 'Support',
    typeId: '0-5',
    stages: [
      { id: '1', label: 'New' },
      { id: '2', label: 'Waiting for customer' },
      { id: '4', label: 'Closed' },
    ],
  },
  {
    id: '2233002',
    label: 'Lawyers',
    typeId: '0-5',
    stages: [
      { id: '5544011', label: 'Open' },
      { id: '5544012', label: 'Settled' },
    ],
  },
]
