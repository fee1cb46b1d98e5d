import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCapabilities, within, type Capability } from '../../capabilities/index.ts'
import { controlsOf, fieldOf } from '../../server/console/consent/controls.ts'
import type { Control } from '../../server/console/consent/control.ts'
import { readChange, toChangeForm, type ReadChange } from '../../server/console/grants/change.ts'
import type { Reader } from '../../server/console/reader.ts'
import type { ConsoleServices } from '../../server/console/services.ts'
import { capabilities as crm } from './hubspot-arbitraries.ts'
import { expectReached, runs } from './runs.ts'
import { capabilities as others } from './vocabulary-arbitraries.ts'

const reader: Reader = { locale: 'de-DE', zone: 'Europe/Berlin' }
/** what reading a change needs of the console */
const services = {
  now: () => Date.parse('2026-11-01T00:00:00Z'),
  tokenLifetimes: { usual: 600, max: 3600 },
} as ConsoleServices

const grants: fc.Arbitrary<Capability[]> = fc
  .array(fc.oneof(others, crm), { minLength: 1, maxLength: 3 })
  .map((entries) => {
    try {
      return parseCapabilities(entries)
    } catch {
      return []
    }
  })
  .filter((grant) => grant.length > 0 && !grant.some(isAnsweringByNew))

/** a new mail has no conversation: what is in one is nothing at all there, and the form says so */
function isAnsweringByNew({ actions, attachments, body }: Capability): boolean {
  return actions.includes('messages.send') && (attachments === 'thread' || body?.links === 'known')
}

/** as a browser posts what it was shown */
function untouched(current: readonly Capability[]): Map<string, string> {
  const { rows, standing } = toChangeForm(current, reader)
  const fields = new Map<string, string>()
  for (const row of rows) {
    fields.set(row.id, 'on')
    for (const control of controlsOf(row.capability, reader)) {
      const value = shownValue(control, standing.get(fieldOf(row, control)))
      if (control.kind.type !== 'tick' || value === 'on') fields.set(fieldOf(row, control), value)
    }
  }
  return fields
}

function shownValue({ kind, initial }: Control, standing: string | undefined): string {
  const value = standing ?? initial
  if (kind.type !== 'choice' || kind.choices.some((one) => one.value === value)) return value
  return kind.choices[0]?.value ?? ''
}

function read(form: ReadonlyMap<string, string>, current: readonly Capability[]): ReadChange {
  return readChange(services, form, { current, endsAt: undefined, reader })
}

test('the form of a change, posted as it was shown, changes nothing', () => {
  fc.assert(
    fc.property(grants, (current) => {
      const result = read(untouched(current), current)
      if (!result.ok) throw new Error([...result.problems].join('\n'))
      expect(result.change.widens).toBe(false)
      expect(within(result.change.to, current)).toBe(true)
      expect(within(current, result.change.to)).toBe(true)
    }),
    runs(500),
  )
})

test('whatever is posted, what becomes possible is told apart, and is there to be read', () => {
  fc.assert(
    fc.property(
      grants,
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 20, maxLength: 60 }),
      (current, dice) => {
        const form = untouched(current)
        for (const [n, [name, value]] of [...form].entries()) {
          const roll = dice[n % dice.length]
          if (roll === 0) form.delete(name)
          if (roll === 1) form.set(name, '')
          if (roll === 2 && /^\d+$/u.test(value)) form.set(name, String(Number(value) + 1))
        }
        const result = read(form, current)
        if (!result.ok) return
        const { to, differences, widens } = result.change
        expect(widens).toBe(!within(to, current))
        for (const one of differences.filter((each) => each.widens))
          expect(one.before).not.toEqual(one.after)
      },
    ),
    runs(500),
  )
})

test('a question that is not in the posted form stays as it stands', () => {
  fc.assert(
    fc.property(grants, (current) => {
      const { rows } = toChangeForm(current, reader)
      const asked = rows.flatMap((row) =>
        controlsOf(row.capability, reader).map(
          (control) => [fieldOf(row, control), control] as const,
        ),
      )
      const form = untouched(current)
      for (const [field, { kind }] of asked) if (kind.type !== 'tick') form.delete(field)
      const result = read(form, current)
      if (!result.ok) throw new Error([...result.problems].join('\n'))
      expect(result.change.widens).toBe(false)
      expect(within(current, result.change.to)).toBe(true)
    }),
    runs(200),
  )
})

test('every answer counts: what it allows more is there to be read, what it takes away is taken', () => {
  const outcomes = { wider: 0, narrower: 0 }
  fc.assert(
    fc.property(grants, fc.nat(), fc.nat(), (current, which, answer) => {
      const form = untouched(current)
      const asked = toChangeForm(current, reader).rows.flatMap((row) =>
        controlsOf(row.capability, reader).map(
          (control) => [fieldOf(row, control), control] as const,
        ),
      )
      const found = asked[which % asked.length]
      if (found === undefined) return
      const [field, control] = found
      const answers = answersTo(control, form.get(field))
      const given = answers[answer % answers.length]
      if (given === undefined) form.delete(field)
      else form.set(field, given)
      const result = read(form, current)
      if (!result.ok) return
      const { to, differences, widens } = result.change
      expect(widens).toBe(!within(to, current))
      for (const one of differences.filter((each) => each.widens))
        expect(one.before).not.toEqual(one.after)
      if (!within(current, to)) expect(differences).not.toEqual([])
      outcomes[widens ? 'wider' : 'narrower'] += 1
    }),
    runs(1500),
  )
  expectReached(outcomes)
})

/** what somebody could answer there, undefined where nothing is posted; what has no sense is refused */
function answersTo({ kind }: Control, standing: string | undefined): (string | undefined)[] {
  switch (kind.type) {
    case 'tick':
      return [standing === 'on' ? undefined : 'on']
    case 'choice':
      return kind.choices.map(({ value }) => value)
    case 'number':
      return ['1', '7', String(kind.max)]
    case 'money':
      return ['0,01', '99,00', '']
    case 'time':
      return ['10:00', '']
    case 'zone':
      return ['Asia/Tokyo']
    case 'lines': {
      const [first = ''] = (standing ?? '').split('\n')
      return [
        '',
        first,
        `${standing}\nx.example`,
        'acct_9',
        'cus_9',
        'firstname',
        '101',
        'bob@acme.com',
      ]
    }
  }
}
