import { randomBytes } from 'node:crypto'
import { noContent, ok, param, type Answer, type Call, type Method, type Route } from '../call.ts'
import { notFound } from '../errors.ts'
import { toText } from '../json.ts'
import type { Settings, SettingsCollection, SettingsTable } from '../settings.ts'

type SingleSetting = 'autoForwarding' | 'imap' | 'pop' | 'vacation' | 'language'

function singleRoutes(setting: SingleSetting): Route[] {
  const template = `settings/${setting}`
  const suffix = setting[0]?.toUpperCase() + setting.slice(1)
  return [
    {
      name: `settings.get${suffix}`,
      verb: 'GET',
      template,
      method: (call) => ok(call.mailbox.settings[setting]),
    },
    {
      name: `settings.update${suffix}`,
      verb: 'PUT',
      template,
      method: (call) => ok(updateSetting(call.mailbox.settings, setting, call)),
    },
  ]
}

function updateSetting(settings: Settings, setting: SingleSetting, call: Call): unknown {
  settings[setting] = { ...settings[setting], ...call.json }
  return settings[setting]
}

interface CollectionShape {
  readonly collection: SettingsCollection
  /** Google's name for it and where it lives, below `settings/` */
  readonly name: string
  readonly path: string
  /** the field that identifies an entry; entries without one get an id */
  readonly key: string
  readonly listField: string
}

const COLLECTIONS: readonly CollectionShape[] = [
  { collection: 'filters', name: 'filters', path: 'filters', key: 'id', listField: 'filter' },
  {
    collection: 'forwardingAddresses',
    name: 'forwardingAddresses',
    path: 'forwardingAddresses',
    key: 'forwardingEmail',
    listField: 'forwardingAddresses',
  },
  {
    collection: 'delegates',
    name: 'delegates',
    path: 'delegates',
    key: 'delegateEmail',
    listField: 'delegates',
  },
  { collection: 'sendAs', name: 'sendAs', path: 'sendAs', key: 'sendAsEmail', listField: 'sendAs' },
  {
    collection: 'smimeInfo',
    name: 'sendAs.smimeInfo',
    path: 'sendAs/{sendAsEmail}/smimeInfo',
    key: 'id',
    listField: 'smimeInfo',
  },
  {
    collection: 'cseIdentities',
    name: 'cse.identities',
    path: 'cse/identities',
    key: 'emailAddress',
    listField: 'cseIdentities',
  },
  {
    collection: 'cseKeypairs',
    name: 'cse.keypairs',
    path: 'cse/keypairs',
    key: 'keyPairId',
    listField: 'cseKeyPairs',
  },
]

function collectionRoutes(shape: CollectionShape): Route[] {
  const { name, path } = shape
  const list = `settings/${path}`
  const entry = `settings/${path}/{entry}`
  return [
    { name: `settings.${name}.list`, verb: 'GET', template: list, method: listEntries(shape) },
    { name: `settings.${name}.create`, verb: 'POST', template: list, method: createEntry(shape) },
    { name: `settings.${name}.get`, verb: 'GET', template: entry, method: getEntry(shape) },
    { name: `settings.${name}.patch`, verb: 'PATCH', template: entry, method: changeEntry(shape) },
    { name: `settings.${name}.update`, verb: 'PUT', template: entry, method: changeEntry(shape) },
    {
      name: `settings.${name}.delete`,
      verb: 'DELETE',
      template: entry,
      method: removeEntry(shape),
    },
  ]
}

function listEntries(shape: CollectionShape): Method {
  return (call) => ok({ [shape.listField]: [...tableOf(call, shape).values()] })
}

/** accepted at once: no verification mail that somebody would have to answer */
function createEntry(shape: CollectionShape): Method {
  return (call) => {
    const id = toText(call.json[shape.key]) ?? `ANe1Bmj${randomBytes(12).toString('base64url')}`
    const entry = { ...call.json, [shape.key]: id, verificationStatus: 'accepted' }
    tableOf(call, shape).set(id, entry)
    return ok(entry)
  }
}

function getEntry(shape: CollectionShape): Method {
  return (call) => ok(requireEntry(call, shape))
}

function changeEntry(shape: CollectionShape): Method {
  return (call) => {
    const entry = { ...requireEntry(call, shape), ...call.json }
    tableOf(call, shape).set(param(call, 'entry'), entry)
    return ok(entry)
  }
}

function removeEntry(shape: CollectionShape): Method {
  return (call) => {
    requireEntry(call, shape)
    tableOf(call, shape).delete(param(call, 'entry'))
    return noContent()
  }
}

function tableOf(call: Call, shape: CollectionShape): SettingsTable {
  return call.mailbox.settings.collections[shape.collection]
}

function requireEntry(call: Call, shape: CollectionShape): Record<string, unknown> {
  const entry = tableOf(call, shape).get(param(call, 'entry'))
  if (!entry) throw notFound()
  return entry
}

function mark(collection: SettingsCollection, change: Record<string, unknown>): Method {
  return (call): Answer => {
    const table = call.mailbox.settings.collections[collection]
    const entry = table.get(param(call, 'entry'))
    if (!entry) throw notFound()
    table.set(param(call, 'entry'), { ...entry, ...change })
    return ok(table.get(param(call, 'entry')))
  }
}

function verb(
  name: string,
  path: string,
  collection: SettingsCollection,
  change: Record<string, unknown>,
): Route {
  return {
    name: `settings.${name}`,
    verb: 'POST',
    template: `settings/${path}`,
    method: mark(collection, change),
  }
}

export const SETTINGS_ROUTES: readonly Route[] = [
  ...(['autoForwarding', 'imap', 'pop', 'vacation', 'language'] as const).flatMap(singleRoutes),
  verb('sendAs.verify', 'sendAs/{entry}/verify', 'sendAs', { verificationStatus: 'pending' }),
  verb('smimeInfo.setDefault', 'sendAs/{sendAsEmail}/smimeInfo/{entry}/setDefault', 'smimeInfo', {
    isDefault: true,
  }),
  verb('cse.keypairs.enable', 'cse/keypairs/{entry}:enable', 'cseKeypairs', {
    enablementState: 'enabled',
  }),
  verb('cse.keypairs.disable', 'cse/keypairs/{entry}:disable', 'cseKeypairs', {
    enablementState: 'disabled',
  }),
  verb('cse.keypairs.obliterate', 'cse/keypairs/{entry}:obliterate', 'cseKeypairs', {
    obliterated: true,
  }),
  ...COLLECTIONS.flatMap(collectionRoutes),
]
