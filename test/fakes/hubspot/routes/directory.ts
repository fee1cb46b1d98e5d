import {
  created,
  effect,
  noContent,
  ok,
  param,
  read,
  typeOf,
  type Answer,
  type Call,
  type Route,
} from '../call.ts'
import { OWNERS, PIPELINES, type Owner, type Pipeline } from '../directory.ts'
import { badRequest, notFound } from '../errors.ts'
import { toText } from '../json.ts'
import { limitOf, pageOf } from '../views.ts'

/** who works in the shop, and which ways its deals and tickets go */
export const DIRECTORY_ROUTES: {
  readonly pipelines: readonly Route[]
  readonly owners: readonly Route[]
} = {
  pipelines: [
    read('pipelines.list', 'GET {type}', (call) =>
      ok({ results: pipelinesOf(call).map((one) => pipelineView(call, one)) }),
    ),
    read('pipelines.get', 'GET {type}/{id}', (call) => ok(pipelineView(call, pipeline(call)))),
    read('pipelines.stages', 'GET {type}/{id}/stages', (call) =>
      ok({ results: stagesView(call, pipeline(call)) }),
    ),
  ],
  owners: [read('owners.list', 'GET ', listOwners), read('owners.get', 'GET {id}', getOwner)],
}

/** whose account the credential is for: every one of them may ask */
export const ACCOUNT_ROUTES: readonly Route[] = [
  read('account.details', 'GET details', ({ portalId }) =>
    ok({
      portalId: Number(portalId),
      accountType: 'STANDARD',
      timeZone: 'Europe/Berlin',
      companyCurrency: 'EUR',
      uiDomain: 'app.hubspot.com',
      dataHostingLocation: 'eu1',
    }),
  ),
]

/** the people who may log in: a new one gets an invitation by e-mail */
export const USER_ROUTES: readonly Route[] = [
  read('users.list', 'GET ', ({ crm }) => ok({ results: crm.users })),
  effect('users.create', 'POST ', createUser),
  effect('users.update', 'PUT {id}', (call) => ok(user(call))),
  effect('users.delete', 'DELETE {id}', deleteUser),
  read('users.get', 'GET {id}', (call) => ok(user(call))),
]

function pipelinesOf(call: Call): Pipeline[] {
  const type = typeOf(call)
  return PIPELINES.filter(({ typeId }) => typeId === type.id)
}

function pipeline(call: Call): Pipeline {
  const found = pipelinesOf(call).find(({ id }) => id === param(call, 'id'))
  if (found) return found
  throw notFound(param(call, 'id'))
}

function datesView(call: Call): { createdAt: string; updatedAt: string; archived: boolean } {
  const at = new Date(call.now).toISOString()
  return { createdAt: at, updatedAt: at, archived: false }
}

function pipelineView(call: Call, { id, label, stages }: Pipeline): unknown {
  const view = { id, label, displayOrder: 0, ...datesView(call) }
  return { ...view, stages: stagesView(call, { stages }) }
}

function stagesView(call: Call, { stages }: Pick<Pipeline, 'stages'>): unknown[] {
  return stages.map(({ id, label }, displayOrder) => ({
    id,
    label,
    displayOrder,
    metadata: {},
    writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT',
    ...datesView(call),
  }))
}

function ownerView(call: Call, owner: Owner): unknown {
  const view = { ...datesView(call), ...owner, type: 'PERSON' }
  return { ...view, userIdIncludingInactive: owner.userId, teams: [] }
}

function listOwners(call: Call): Answer {
  const { query } = call
  const email = query.get('email')
  const isArchived = query.get('archived') === 'true'
  const found = OWNERS.filter(({ archived }) => archived === isArchived).filter(
    (owner) => email === null || owner.email === email.toLowerCase(),
  )
  const limit = limitOf(query.get('limit') ?? undefined, 500, 100)
  const after = query.get('after') ?? undefined
  const { results, ...paging } = pageOf(found, { limit, after, target: call.target })
  return ok({ results: results.map((owner) => ownerView(call, owner)), ...paging })
}

function getOwner(call: Call): Answer {
  const id = param(call, 'id')
  const isByUser = call.query.get('idProperty') === 'userId'
  const found = OWNERS.find((owner) => (isByUser ? String(owner.userId) : owner.id) === id)
  if (!found) throw notFound(id)
  return ok(ownerView(call, found))
}

function user(call: Call): Call['crm']['users'][number] {
  const id = param(call, 'id')
  const found = call.crm.users.find((one) => one.id === id || one.email === id)
  if (found) return found
  throw notFound(id)
}

function createUser(call: Call): Answer {
  const email = toText(call.json['email'])
  if (email === undefined || !email.includes('@'))
    throw badRequest('A user needs an e-mail address')
  const roleId = toText(call.json['roleId'])
  const made = call.crm.provision(email, roleId === undefined ? [] : [roleId])
  return created({ ...made, superAdmin: false })
}

function deleteUser(call: Call): Answer {
  const gone = user(call)
  call.crm.users.splice(call.crm.users.indexOf(gone), 1)
  return noContent()
}
