import type { Approvable, JsonObject } from '../../operation.ts'
import type { ApprovalRow } from '../../ports.ts'
import { shorten } from '../../shorten.ts'
import type { ObjectType } from '../object-types.ts'
import { valueOf } from '../records/record.ts'
import type { Change } from './changes.ts'
import type { Creation } from './creations.ts'

/** more rows than anybody reads: what is beyond is counted */
const MAX_ROWS = 120
const MAX_VALUE = 500

/** each property as it is and as it would be; when it is another meanwhile, it is another question */
export function askForChanges(type: ObjectType, changes: readonly Change[]): Approvable {
  const many = changes.length > 1
  return {
    action: {
      type: type.name,
      changes: changes.map(({ record, values }) => ({
        id: record.id,
        values,
        before: Object.fromEntries(
          Object.keys(values).map((name) => [name, valueOf(record, name) ?? null]),
        ),
      })),
    },
    card: {
      title: many
        ? `Change ${changes.length} ${words(type.name)}`
        : `Change the ${words(type.singular)} ${changes[0]?.record.id ?? ''}`,
      rows: capped(changes.flatMap((change) => changeRows(type, change, many))),
    },
  }
}

function changeRows(type: ObjectType, { record, values }: Change, many: boolean): ApprovalRow[] {
  const { id } = record
  return [
    { label: 'Record', value: `${words(type.singular)} ${id}`, from: 'provider' },
    ...Object.entries(values).map(([name, value]): ApprovalRow => {
      const before = shorten(valueOf(record, name) ?? '(empty)', MAX_VALUE)
      const label = many ? `${name} of ${id}` : name
      return { label, value: `${before} → ${shown(value)}`, from: 'agent' }
    }),
  ]
}

export function askForCreations(type: ObjectType, creations: readonly Creation[]): Approvable {
  const many = creations.length > 1
  return {
    action: {
      type: type.name,
      creations: creations.map(({ values, links }): JsonObject => ({
        values,
        links: links.map(({ to, id, types }) => ({
          to: to.name,
          id,
          types: types.map((one) => ({ ...one })),
        })),
      })),
    },
    card: {
      title: many
        ? `Create ${creations.length} ${words(type.name)}`
        : `Create a ${words(type.singular)}`,
      rows: capped(
        creations.flatMap(({ values, links }, index) => [
          ...Object.entries(values).map(([name, value]): ApprovalRow => ({
            label: many ? `${name} of number ${index + 1}` : name,
            value: shown(value),
            from: 'agent',
          })),
          ...links.map(({ to, id }): ApprovalRow => ({
            label: 'Linked to',
            value: `${words(to.singular)} ${id}`,
            from: 'agent',
          })),
        ]),
      ),
    },
  }
}

export function capped(rows: readonly ApprovalRow[]): readonly ApprovalRow[] {
  if (rows.length <= MAX_ROWS) return rows
  const more = rows.length - MAX_ROWS
  return [...rows.slice(0, MAX_ROWS), { label: 'And', value: `${more} more lines`, from: 'front' }]
}

function shown(value: string): string {
  return value === '' ? '(empty)' : shorten(value, MAX_VALUE)
}

/** `line item` */
export function words(name: string): string {
  return name.replaceAll('_', ' ')
}
