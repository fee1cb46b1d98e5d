import { invalidProperties, type PropertyFault } from './errors.ts'
import { toObject, toText } from './json.ts'
import type { ObjectType } from './object-types.ts'
import { definitionsOf, type PropertyDefinition } from './property-definitions.ts'

/**
 * The `properties` of a write as they are kept: text, dates in ISO 8601, an empty value for what is to be cleared.
 * One wrong property and nothing is written: HubSpot's 400 names each of them.
 */
export function readValues(type: ObjectType, properties: unknown): Record<string, string> {
  const definitions = definitionsOf(type.id)
  const values: Record<string, string> = {}
  const faults: PropertyFault[] = []
  for (const [name, given] of Object.entries(toObject(properties))) {
    const definition = definitions.get(name)
    const text = given === null ? '' : toText(given)
    if (definition === undefined) {
      const message = `Property "${name}" does not exist`
      faults.push({ name, code: 'PROPERTY_DOESNT_EXIST', message })
    } else if (definition.isReadOnly) {
      const message = `"${name}" is a read only property; its value cannot be set`
      faults.push({ name, code: 'READ_ONLY_VALUE', message })
    } else {
      const value = text === undefined ? undefined : stored(definition, text)
      if (value === undefined) faults.push(wrong(definition))
      else values[name] = value
    }
  }
  if (faults.length > 0) throw invalidProperties(faults)
  return values
}

/** an engagement without a time of its own is refused */
export function requireTime(type: ObjectType, values: Readonly<Record<string, string>>): void {
  if (!type.isEngagement || values['hs_timestamp']) return
  const message = 'A required property is missing: hs_timestamp'
  throw invalidProperties([{ name: 'hs_timestamp', code: 'REQUIRED_FIELD', message }])
}

const CODES: Readonly<Record<PropertyDefinition['type'], string>> = {
  string: 'INVALID_STRING',
  number: 'INVALID_INTEGER',
  datetime: 'INVALID_DATE',
  bool: 'INVALID_BOOLEAN',
  enumeration: 'INVALID_OPTION',
}

function wrong({ name, type }: PropertyDefinition): PropertyFault {
  return { name, code: CODES[type], message: `The value of "${name}" is no ${type} that it takes` }
}

function stored(definition: PropertyDefinition, text: string): string | undefined {
  if (text === '') return ''
  switch (definition.type) {
    case 'string':
      // an address is kept in lower case, whatever case it came in
      return definition.name === 'email' ? text.toLowerCase() : text
    case 'number':
      return Number.isFinite(Number(text)) ? text.trim() : undefined
    case 'datetime':
      return momentOf(text)
    case 'bool':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() : undefined
    case 'enumeration':
      return definition.options?.includes(text) ? text : undefined
  }
}

/** milliseconds since 1970 or ISO 8601, as ISO 8601 */
function momentOf(text: string): string | undefined {
  const time = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}
