import type { OAuthProvider } from '../../state/authorization-server.ts'
import type { Form } from '../form.ts'

/** what a buyer lets agents do with an account at all, and the least that a provider has to be asked for it */
export interface Ability {
  readonly id: string
  readonly label: string
  readonly scope: string
  /** wider scopes that hold it too */
  readonly coveredBy: readonly string[]
  /** without it the connection is of no use */
  readonly isBasis?: true
  /** another one that it takes */
  readonly needs?: string
}

const google = (name: string): string => `https://www.googleapis.com/auth/gmail.${name}`
/** never asked for: it deletes for good. A credential of the operator's may have it */
const WHOLE_MAILBOX = 'https://mail.google.com/'
const crm = (object: string, verb: string): string => `crm.objects.${object}.${verb}`

const ABILITIES: Readonly<Record<OAuthProvider, readonly Ability[]>> = {
  gmail: [
    {
      id: 'read',
      label: 'Read mail',
      scope: google('readonly'),
      coveredBy: [google('modify'), WHOLE_MAILBOX],
      isBasis: true,
    },
    {
      id: 'send',
      label: 'Answer and send mail',
      scope: google('send'),
      coveredBy: [google('compose'), google('modify'), WHOLE_MAILBOX],
    },
    {
      id: 'drafts',
      label: 'Prepare drafts (to Google this includes sending)',
      scope: google('compose'),
      coveredBy: [google('modify'), WHOLE_MAILBOX],
    },
    {
      id: 'organise',
      label: 'Set labels and move mail to the trash',
      scope: google('modify'),
      coveredBy: [WHOLE_MAILBOX],
    },
  ],
  hubspot: [
    ...['contacts', 'companies', 'deals'].flatMap((object) => [
      { id: object, label: `See ${object}`, scope: crm(object, 'read'), coveredBy: [] },
      {
        id: `change-${object}`,
        label: `Add and change ${object}`,
        scope: crm(object, 'write'),
        coveredBy: [],
        needs: object,
      },
    ]),
    { id: 'tickets', label: 'See, add and change tickets', scope: 'tickets', coveredBy: [] },
    { id: 'lists', label: 'See who is on which list', scope: 'crm.lists.read', coveredBy: [] },
    {
      id: 'owners',
      label: 'See who in your team owns what',
      scope: crm('owners', 'read'),
      coveredBy: [],
    },
  ],
}

export function abilitiesOf(provider: OAuthProvider): readonly Ability[] {
  return ABILITIES[provider]
}

/** what these scopes amount to */
export function heldAbilities(
  provider: OAuthProvider,
  scopes: readonly string[],
): readonly Ability[] {
  return ABILITIES[provider].filter(({ scope, coveredBy }) =>
    [scope, ...coveredBy].some((one) => scopes.includes(one)),
  )
}

export function abilityField(ability: Ability): string {
  return `can.${ability.id}`
}

/** what she ticked, what that takes, and what she has anyway */
export function chosenAbilities(
  provider: OAuthProvider,
  form: Form,
  held: readonly Ability[],
): readonly Ability[] {
  const ticked = ABILITIES[provider].filter((one) => form.get(abilityField(one)) === 'on')
  const needed = ticked.flatMap(({ needs }) => needs ?? [])
  return ABILITIES[provider].filter(
    (one) =>
      one.isBasis === true ||
      ticked.includes(one) ||
      needed.includes(one.id) ||
      held.some(({ id }) => id === one.id),
  )
}

/** the fewest scopes that hold all of these: what a wider one holds is not asked for beside it */
export function leastScopes(abilities: readonly Ability[]): string[] {
  const scopes = abilities.map(({ scope }) => scope)
  return abilities
    .filter(({ coveredBy }) => !coveredBy.some((wider) => scopes.includes(wider)))
    .map(({ scope }) => scope)
}
