import { Client } from '@hubspot/api-client'
import { Client as ClientThirteen } from 'hubspot-13'

interface Place {
  readonly url: string
  readonly accessToken?: string
}

/** HubSpot's stock clients, the newest and the last of the major before: they must not tell the stand-in from HubSpot */
export const STOCK_CLIENTS: readonly (readonly [
  name: string,
  create: (place: Place, bearer?: string) => Client,
])[] = [
  ['the newest client', (place, bearer) => new Client(optionsFor(place, bearer))],
  [
    'client 13',
    // its calls are named alike and take the same; what differs is what the types call the answers
    (place, bearer) => new ClientThirteen(optionsFor(place, bearer)) as unknown as Client,
  ],
]

function optionsFor(
  { url, accessToken = '' }: Place,
  bearer: string = accessToken,
): { basePath: string; accessToken: string; numberOfApiCallRetries: number } {
  return { basePath: url, accessToken: bearer, numberOfApiCallRetries: 0 }
}
