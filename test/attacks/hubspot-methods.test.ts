import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHubspotDesk, type HubspotDesk } from '../support/hubspot-desk.ts'

let desk: HubspotDesk
let token: string

beforeAll(async () => {
  desk = await openHubspotDesk()
  token = desk.mint([
    {
      type: 'hubspot',
      actions: ['contacts.read', 'contacts.search', 'contacts.create', 'contacts.update'],
      properties: { read: ['*'], write: ['city'] },
    },
    { type: 'hubspot', actions: ['associations.write'], associations: ['contacts', 'companies'] },
    { type: 'hubspot', actions: ['properties.read', 'pipelines.read', 'owners.read'] },
  ])
})
afterAll(async () => {
  await desk.close()
})

const KINDS =
  'companies|contacts|deals|lineItems|products|tickets|objects|objects\\.(?:calls|emails|notes|tasks)'

/** every method of the stock client that this front knows, by what it does; a new one of theirs is refused until it stands here */
const OPEN: readonly (readonly [kind: 'read' | 'change', name: RegExp])[] = [
  [
    'read',
    new RegExp(
      `^crm\\.(?:${KINDS})\\.(?:basicApi\\.(?:getById|getPage)|batchApi\\.read|searchApi\\.doSearch)$`,
    ),
  ],
  [
    'change',
    new RegExp(
      `^crm\\.(?:${KINDS})\\.(?:basicApi\\.(?:create|update)|batchApi\\.(?:create|update|upsert))$`,
    ),
  ],
  ['read', /^crm\.associations\.(?:batchApi\.read|v4\.(?:basicApi|batchApi)\.getPage)$/],
  [
    'change',
    /^crm\.associations\.(?:batchApi\.create|v4\.(?:basicApi|batchApi)\.(?:create|createDefault))$/,
  ],
  ['read', /^crm\.properties\.coreApi\.(?:getAll|getByName)$/],
  ['read', /^crm\.pipelines\.pipelinesApi\.(?:getAll|getById)$/],
  ['read', /^crm\.owners\.ownersApi\.(?:getById|getPage)$/],
  ['change', /^settings\.users\.usersApi\.create$/],
]

function kindOf(name: string): 'read' | 'change' | undefined {
  return OPEN.find(([, pattern]) => pattern.test(name))?.[0]
}

describe.each([
  ['newest', () => desk.client(token)],
  ['13', () => desk.client13(token)],
] as const)('88: the stock client, %s', (_release, connect) => {
  test('every method that this front does not know is refused, and nothing reaches HubSpot', async () => {
    const methods = methodsOf(connect())
    expect(methods.length).toBeGreaterThan(600)
    const reached: string[] = []
    const known: string[] = []
    const unasked: string[] = []
    for (const { name, call } of methods) {
      desk.reset()
      const refused = await refusalOf(call)
      if (refused === undefined) unasked.push(name)
      // a record of a kind that nobody has granted is refused by the token, whatever its name
      const isRefused = refused?.status === 401 || refused?.status === 403
      if (kindOf(name) !== undefined) known.push(name)
      else if (desk.hubspot.requests.length > 0 || (refused !== undefined && !isRefused)) {
        reached.push(name)
      }
    }
    expect(reached).toEqual([])
    // arguments that the client itself does not take; it sends nothing then
    expect(unasked.length).toBeLessThan(8)
    for (const [, pattern] of OPEN) expect(known.some((name) => pattern.test(name))).toBe(true)
  }, 180_000)

  test('every method that it knows is one of the client’s, and is no unknown one', async () => {
    const methods = methodsOf(connect()).filter(({ name }) => kindOf(name) !== undefined)
    expect(methods.filter(({ name }) => kindOf(name) === 'read').length).toBeGreaterThan(40)
    for (const { name, call } of methods) {
      const refused = await refusalOf(async () => call(Array.from({ length: 9 }, () => 'contacts')))
      expect([name, refused?.category]).not.toEqual([name, 'UNKNOWN_OPERATION'])
    }
  }, 60_000)
})

interface Refused {
  readonly status: number
  readonly category: string
}

/** what the front said; undefined: it was never asked. Anything but a refusal is a status of 200 */
async function refusalOf(
  call: (args: readonly unknown[]) => Promise<unknown>,
): Promise<Refused | undefined> {
  for (const args of ARGUMENTS) {
    try {
      await call(args)
      return { status: 200, category: '' }
    } catch (error) {
      const { code, body } = error as { code?: unknown; body?: unknown }
      const text = typeof body === 'string' ? body : JSON.stringify(body ?? '')
      if (typeof code === 'number') {
        return { status: code, category: /"category":"(\w+)"/.exec(text)?.[1] ?? '' }
      }
    }
  }
  return undefined
}

/** some of these nearly every method takes: ids, then bodies, then nothing at all */
const ARGUMENTS: readonly (readonly unknown[])[] = [
  Array.from({ length: 9 }, () => '1'),
  Array.from({ length: 9 }, () => ({})),
  [],
  ['1', {}, '1', '1'],
  ['1', '1', {}, '1'],
]

interface Method {
  readonly name: string
  readonly call: (args: readonly unknown[]) => Promise<unknown>
}

/** every function of every `…Api`, wherever the client keeps it */
function methodsOf(client: object): Method[] {
  const found: Method[] = []
  const seen = new Set<unknown>()
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    for (const name of namesOf(value)) {
      const member: unknown = (value as Record<string, unknown>)[name]
      const full = path === '' ? name : `${path}.${name}`
      if (typeof member !== 'function') walk(member, full)
      else if (path.endsWith('Api') && !name.endsWith('WithHttpInfo')) {
        const bound = (member as (...args: unknown[]) => Promise<unknown>).bind(value)
        found.push({ name: full, call: async (args) => bound(...args) })
      }
    }
  }
  walk(client, '')
  return found
}

function namesOf(value: object): string[] {
  const names = new Set<string>()
  for (
    let one: object | null = value;
    one !== null && one !== Object.prototype;
    one = Object.getPrototypeOf(one) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(one)) names.add(name)
  }
  return [...names].filter(
    (name) =>
      !/^_|^constructor$|^config|^api$|^observable|^numberOf|^middleware|^limiter/.test(name),
  )
}
