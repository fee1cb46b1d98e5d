import type { SeedRow } from './seed.ts'

const INES = '71100001'
const JONAS = '71100002'

export const SEED_DEALS: readonly SeedRow[] = [
  [
    'deals',
    '701',
    INES,
    {
      dealname: 'Tea for the summer menu',
      amount: '480',
      pipeline: 'default',
      dealstage: 'contractsent',
      margin: '0.4',
    },
  ],
  [
    'deals',
    '702',
    INES,
    {
      dealname: 'Yearly delivery',
      amount: '24000',
      pipeline: '2233001',
      dealstage: '5544001',
      margin: '0.2',
    },
  ],
  [
    'deals',
    '703',
    INES,
    { dealname: 'Tasting evening', amount: '150', pipeline: 'default', dealstage: 'closedwon' },
  ],
  [
    'deals',
    '710',
    JONAS,
    {
      dealname: 'Secret takeover',
      amount: '900000',
      pipeline: 'default',
      dealstage: 'appointmentscheduled',
      description: 'nobody knows yet',
    },
  ],
  [
    'tickets',
    '801',
    INES,
    {
      subject: 'Tin arrived dented',
      content: 'Can I have another one?',
      hs_pipeline: '0',
      hs_pipeline_stage: '1',
      hs_ticket_priority: 'LOW',
      hs_ticket_category: 'ORDER',
    },
  ],
  [
    'tickets',
    '802',
    INES,
    {
      subject: 'Claim for damages',
      content: 'See the letter of my lawyer',
      hs_pipeline: '2233002',
      hs_pipeline_stage: '5544011',
    },
  ],
  [
    'tickets',
    '803',
    INES,
    {
      subject: 'Too bitter',
      content: 'How long do I steep it?',
      hs_pipeline: '0',
      hs_pipeline_stage: '4',
      hs_ticket_category: 'TASTE',
    },
  ],
  [
    'tickets',
    '810',
    JONAS,
    {
      subject: 'Secret complaint',
      content: 'The oolong was not oolong',
      hs_pipeline: '0',
      hs_pipeline_stage: '1',
      hs_ticket_priority: 'HIGH',
    },
  ],
]

export const SEED_GOODS: readonly SeedRow[] = [
  [
    'products',
    '1501',
    undefined,
    { name: 'Darjeeling, 100 g', price: '12.5', hs_sku: 'DAR-100', hs_cost_of_goods_sold: '4.1' },
  ],
  ['products', '1502', undefined, { name: 'Sencha, 100 g', price: '14', hs_sku: 'SEN-100' }],
  ['products', '1503', undefined, { name: 'Oolong, 50 g', price: '18', hs_sku: 'OOL-050' }],
  [
    'line_items',
    '1401',
    undefined,
    {
      name: 'Darjeeling, 100 g',
      quantity: '20',
      price: '12.5',
      amount: '250',
      hs_product_id: '1501',
    },
  ],
  [
    'line_items',
    '1402',
    undefined,
    { name: 'Sencha, 100 g', quantity: '10', price: '14', amount: '140', hs_product_id: '1502' },
  ],
  [
    'line_items',
    '1410',
    undefined,
    { name: 'Everything', quantity: '1', price: '900000', amount: '900000' },
  ],
  [
    'teas',
    '1601',
    INES,
    { name: 'First flush', tea_code: 'FF-26', harvest: 'spring', supplier_secret: 'Garden 12' },
  ],
  ['teas', '1602', JONAS, { name: 'Secret blend', tea_code: 'SB-26', harvest: 'autumn' }],
]
