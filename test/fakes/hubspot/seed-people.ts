import type { SeedRow } from './seed.ts'

const INES = '71100001'
const JONAS = '71100002'

function contact(
  id: string,
  owner: string | undefined,
  name: string,
  more: Readonly<Record<string, string>> = {},
): SeedRow {
  const [firstname = '', lastname = ''] = name.split(' ')
  const email = `${firstname.toLowerCase()}@guest.example`
  return [
    'contacts',
    id,
    owner,
    { email, firstname, lastname, lifecyclestage: 'customer', ...more },
  ]
}

export const SEED_CONTACTS: readonly SeedRow[] = [
  contact('501', INES, 'Mara Lind', {
    city: 'Kiel',
    phone: '+49 40 5550101',
    favourite_tea: 'Darjeeling',
    member_number: 'M-1',
    newsletter: 'true',
    lifetime_value: '812.5',
    ssn: '078-05-1120',
    internal_remarks: 'haggles, gives in at ten per cent',
  }),
  contact('502', INES, 'Omar Haddad', {
    city: 'Hamburg',
    favourite_tea: 'Sencha',
    member_number: 'M-2',
    ssn: '219-09-9999',
  }),
  contact('503', INES, 'Lena Kraus', {
    hs_additional_emails: 'old.lena@guest.example',
    lifecyclestage: 'lead',
  }),
  contact('504', INES, 'Paul Weber', { city: 'Hamburg' }),
  contact('505', INES, 'Noor Aziz', { lifecyclestage: 'lead', newsletter: 'false' }),
  contact('506', INES, 'Tom Berg', { lifecyclestage: 'opportunity', lifetime_value: '40' }),
  contact('510', JONAS, 'Viktor Secret', {
    city: 'Hamburg',
    favourite_tea: 'Darjeeling',
    member_number: 'M-10',
    lifetime_value: '99000',
    ssn: '457-55-5462',
    internal_remarks: 'about to sue us over the oolong',
  }),
  contact('511', JONAS, 'Hanna Secret', { lifetime_value: '12000', ssn: '323-45-6789' }),
  contact('512', JONAS, 'Igor Secret', { lifecyclestage: 'lead' }),
  contact('515', undefined, 'Nobodys Guest'),
  contact('516', INES, 'Archie Gone'),
  contact('599', INES, 'Pauline Weber', { favourite_tea: 'Pu-erh' }),
]

export const SEED_COMPANIES: readonly SeedRow[] = [
  [
    'companies',
    '601',
    INES,
    {
      name: 'Cafe Ebbe',
      domain: 'ebbe.example',
      city: 'Hamburg',
      industry: 'RESTAURANTS',
      bank_account: 'DE02 1203 0000 0000 2020 51',
    },
  ],
  [
    'companies',
    '602',
    INES,
    { name: 'Hotel Flut', domain: 'flut.example', city: 'Kiel', industry: 'HOSPITALITY' },
  ],
  [
    'companies',
    '501',
    JONAS,
    { name: 'Secret Holding', domain: 'secret.example', annualrevenue: '5000000' },
  ],
  [
    'companies',
    '610',
    JONAS,
    { name: 'Secret Imports', domain: 'imports.example', industry: 'RETAIL' },
  ],
]
