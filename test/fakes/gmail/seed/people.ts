export const ACCOUNT = 'dana@northwind-tea.example'

/** the header form of everybody who writes to the shop; domains and people are invented (RFC 2606) */
export const PEOPLE = {
  dana: 'Dana Whitfield <dana@northwind-tea.example>',
  ben: 'Ben Okafor <ben@northwind-tea.example>',
  alice: 'Alice Moreau <alice@riverside-cafe.example>',
  tom: 'Tom Riley <tom@riverside-cafe.example>',
  soren: 'Søren Ångström <soren@fjord-bageri.example>',
  mei: '陳美玲 <mei.chen@jade-house.example>',
  zoe: 'Zoë Müller <zoe.mueller@teehaus-linden.example>',
  priya: 'Priya Nair <priya.nair@monsoon-kitchen.example>',
  george: '"Whitcombe, George" <g.whitcombe@harbour-hotel.example>',
  ivan: 'Иван Петров <ivan@samovar-club.example>',
  lucia: 'Lucía Fernández <lucia@casa-del-te.example>',
  marcus: 'Marcus Bell <marcus.bell@bellandsons.example>',
  hana: 'Hana Kimura <hana@uji-growers.example>',
  rajesh: 'Rajesh Gupta <rajesh@assam-estates.example>',
  packaging: 'Tin & Box Co. <orders@tinandbox.example>',
  freight: 'Baltic Freight <dispatch@baltic-freight.example>',
  bank: 'First Harbour Bank <statements@first-harbour-bank.example>',
  accountant: 'Ruth Adeyemi <ruth@adeyemi-accounts.example>',
  landlord: 'Quayside Properties <lettings@quayside-properties.example>',
  stranger: 'Jordan Pike <jordan.pike@fastmail-post.example>',
} as const
