import { composePdf } from './compose.ts'
import { PEOPLE } from './people.ts'
import { LABELS, type SeedThread } from './seed-mail.ts'

const ORDER = ['INBOX', LABELS.orders]
const ANSWER = ['SENT', LABELS.orders]

const PRICE_LIST = `sku,name,unit,price\r
HB-250,Harbour Breakfast,250 g tin,9.80\r
UJ-100,Uji Sencha,100 g pouch,12.40\r
DD-100,Dong Ding Oolong,100 g pouch,14.90\r
MC-1000,Monsoon Chai,1 kg bag,26.50\r
`

/** orders, and the threads in which a customer and others meet */
export const ORDERS: readonly SeedThread[] = [
  [
    {
      key: 'order-riverside',
      daysAgo: 9.5,
      from: PEOPLE.alice,
      subject: 'Order for September: 12 × Harbour Breakfast',
      labels: ORDER,
      text: `
Hello Dana,

please send 12 tins of Harbour Breakfast and 4 pouches of Uji Sencha with the next delivery. The order form is attached.

Alice`,
      attachments: [
        {
          name: 'order-riverside.csv',
          type: 'text/csv',
          content: 'sku,quantity\r\nHB-250,12\r\nUJ-100,4\r\n',
        },
      ],
    },
    {
      key: 'order-riverside-confirmed',
      daysAgo: 9.3,
      from: PEOPLE.dana,
      to: PEOPLE.alice,
      subject: 'Re: Order for September: 12 × Harbour Breakfast',
      labels: ANSWER,
      text: `
Hello Alice,

confirmed as NW-2291, delivery on Tuesday. Your invoice is attached.

Dana`,
      attachments: [
        {
          name: 'invoice-NW-2291.pdf',
          type: 'application/pdf',
          content: composePdf([
            'Northwind Tea',
            'Invoice NW-2291',
            'Riverside Cafe',
            'Total: 167.20',
          ]),
        },
      ],
    },
  ],
  [
    {
      key: 'mixed-customer',
      daysAgo: 7.7,
      from: PEOPLE.marcus,
      subject: 'Late delivery NW-2277',
      labels: [...ORDER, LABELS.support],
      text: `
Hi,

order NW-2277 was promised for the 4th and still is not here. Our tasting is on Saturday. Where is it?

Marcus Bell
Bell & Sons`,
    },
    {
      key: 'mixed-forwarded',
      daysAgo: 7.5,
      from: PEOPLE.dana,
      to: PEOPLE.freight,
      subject: 'Re: Late delivery NW-2277',
      labels: ANSWER,
      text: `
Hello,

can you tell me where consignment BF-88213 is? The customer is waiting.

Dana`,
    },
    {
      key: 'mixed-supplier',
      daysAgo: 7.1,
      from: PEOPLE.freight,
      subject: 'Re: Late delivery NW-2277',
      labels: ['INBOX', LABELS.suppliers],
      text: `
Consignment BF-88213 was held at customs because of an unpaid duty of 412.80. Our margin agreement with you (11.5 %)
does not cover it. Please do not share this with the consignee.

Dispatch, Baltic Freight`,
    },
    {
      key: 'mixed-internal',
      daysAgo: 7.0,
      from: PEOPLE.ben,
      subject: 'Re: Late delivery NW-2277',
      labels: ['INBOX', LABELS.team],
      text: `
Dana, between us: I would write this one off. Marcus is on the watch list since the spring (two late payments), so no
discount please.

Ben`,
    },
    {
      key: 'mixed-again',
      daysAgo: 6.6,
      from: PEOPLE.marcus,
      subject: 'Re: Late delivery NW-2277',
      labels: ['UNREAD', ...ORDER, LABELS.support],
      text: `
Any news? Saturday is close.

Marcus`,
    },
  ],
  [
    {
      key: 'order-monsoon',
      daysAgo: 26.0,
      from: PEOPLE.priya,
      subject: 'Trial order: 2 kg Monsoon Chai',
      labels: ORDER,
      text: `
Hello,

could we have 2 kg as a trial, and your price list?

Priya`,
    },
    {
      key: 'order-monsoon-prices',
      daysAgo: 25.6,
      from: PEOPLE.dana,
      to: PEOPLE.priya,
      cc: PEOPLE.ben,
      subject: 'Re: Trial order: 2 kg Monsoon Chai',
      labels: ANSWER,
      text: 'Hello Priya,\n\nit goes out tomorrow. The price list is attached.\n\nDana',
      attachments: [
        { name: 'price-list.csv', type: 'text/csv', content: PRICE_LIST },
        {
          name: 'Preisliste für Großkunden.pdf',
          type: 'application/pdf',
          content: composePdf(['Northwind Tea', 'Price list', 'Harbour Breakfast 9.80']),
        },
      ],
    },
  ],
  [
    {
      key: 'order-hotel',
      daysAgo: 44.8,
      from: PEOPLE.george,
      cc: 'Front Desk <desk@harbour-hotel.example>, "Kitchen, Main" <kitchen@harbour-hotel.example>',
      subject: 'Standing order for the tea lounge',
      labels: ORDER,
      text: `
Dear Ms Whitfield,

please renew our standing order for the season: 6 tins of Harbour Breakfast every second week.

George Whitcombe`,
    },
    {
      key: 'order-hotel-renewed',
      daysAgo: 44.1,
      from: PEOPLE.dana,
      to: PEOPLE.george,
      cc: 'desk@harbour-hotel.example',
      subject: 'Re: Standing order for the tea lounge',
      labels: ANSWER,
      text: 'Dear Mr Whitcombe,\n\nrenewed, with thanks.\n\nDana Whitfield',
    },
  ],
  [
    {
      key: 'order-linden',
      daysAgo: 61.4,
      from: PEOPLE.zoe,
      subject: 'Bestellung Nr. 7 – Oolong und Sencha',
      labels: ORDER,
      encoding: 'base64',
      text: 'Guten Tag,\n\nbitte 3 kg Dong Ding und 2 kg Uji Sencha.\n\nZoë Müller',
    },
  ],
  [
    {
      key: 'order-casa',
      daysAgo: 79.6,
      from: PEOPLE.lucia,
      subject: 'Pedido de otoño',
      labels: ORDER,
      text: 'Hola Dana:\n\n4 kg de perlas de jazmín y 2 kg de Earl Grey, por favor.\n\nLucía',
    },
    {
      key: 'order-casa-answer',
      daysAgo: 79.2,
      from: PEOPLE.dana,
      to: PEOPLE.lucia,
      subject: 'Re: Pedido de otoño',
      labels: ANSWER,
      text: 'Hola Lucía,\n\non its way, NW-2188.\n\nDana',
    },
    {
      key: 'order-casa-thanks',
      daysAgo: 75.8,
      from: PEOPLE.lucia,
      subject: 'Re: Pedido de otoño',
      labels: ORDER,
      text: 'Todo ha llegado bien. ¡Gracias!\n\nLucía',
    },
  ],
]
