import { expect, test } from 'vitest'
import {
  printFact,
  toFacts,
  type Block,
  type Predicate,
  type Term,
} from '../../capabilities/index.ts'
import { RESERVED_FACTS } from '../../capabilities/vocabulary/reserved.ts'
import { AUDIENCE, NOW, read, reply, tokenFor, verified } from './token-for.ts'

const CONTEXT = { now: NOW, audience: AUDIENCE }

function asking(...predicates: Predicate[]): Block[] {
  return [
    {
      facts: [],
      checks: predicates.map((one) => ({ queries: [{ predicates: [one], expressions: [] }] })),
    },
  ]
}

function answered(name: string, blocks: Block[]): string[] {
  return toFacts(reply(), CONTEXT, blocks)
    .filter((fact) => fact.name === name)
    .map(printFact)
}

const text = (value: string): Term => ({ type: 'string', value })
const texts = (...values: string[]): Term => ({
  type: 'set',
  value: values.map((value) => ({ type: 'string', value })),
})
const any: Term = { type: 'variable', name: 'x' }

test('a read is told once each, many values as one set', () => {
  const facts = toFacts(
    read({ cc: ['kim@customer.org', 'bob@acme.com', 'ann@acme.com'] }),
    CONTEXT,
    [],
  )
  expect(facts.map(printFact)).toEqual([
    'op("gmail.messages.read")',
    'time(2026-11-24T10:00:00Z)',
    'audience("http://127.0.0.1:4001")',
    'profile(1)',
    'message_place("mailbox")',
    'message_from({"@acme.com", "bob@acme.com"})',
    'message_to({"@mine.example", "shop@mine.example"})',
    'message_cc({"@acme.com", "@customer.org", "ann@acme.com", "bob@acme.com", "kim@customer.org"})',
    'message_labels({"INBOX", "Label_1"})',
    'message_subject("your order 12")',
    'message_age(3600)',
    'message_thread("T1")',
    'message_has_attachment(false)',
    'message_authenticated(true)',
    'content("full")',
  ])
})

test('a key is told only when its possession was proved', () => {
  const names = (facts: readonly { name: string }[]): string[] => facts.map(({ name }) => name)
  expect(names(toFacts(read(), CONTEXT, []))).not.toContain('cnf_jkt')
  expect(names(toFacts(read(), { ...CONTEXT, keyThumbprint: 'jkt' }, []))).toContain('cnf_jkt')
})

test('facts with parameters answer what the token asks, once for each question', () => {
  const beyond = (...terms: Term[]): Predicate => ({ name: 'recipients_beyond', terms })
  const blocks = asking(
    beyond(text('none'), texts('kim@customer.org'), any),
    beyond(text('none'), texts('kim@customer.org'), texts('acme.com')),
    beyond(text('sender'), texts(), any),
  )
  expect(answered('recipients_beyond', blocks)).toEqual([
    'recipients_beyond("none", {"kim@customer.org"}, {"acme.com"})',
    'recipients_beyond("sender", {,}, {,})',
  ])
  const zone = (...terms: Term[]): Predicate => ({ name: 'local_time', terms })
  expect(answered('local_time', asking(zone(text('Europe/Paris'), any, any)))).toEqual([
    'local_time("Europe/Paris", 2, 660)',
  ])
})

test('questions of the wrong shape get no answer', () => {
  const blocks = asking(
    { name: 'recipients_beyond', terms: [any, texts(), any] },
    { name: 'recipients_beyond', terms: [text('everyone'), texts(), any] },
    { name: 'recipients_beyond', terms: [text('none'), any, any] },
    {
      name: 'recipients_beyond',
      terms: [text('none'), { type: 'set', value: [{ type: 'integer', value: 1 }] }, any],
    },
    { name: 'recipients_beyond', terms: [text('none')] },
    { name: 'local_time', terms: [text('Mars/Olympus'), any, any] },
    { name: 'local_time', terms: [text('+02:00'), any, any] },
    { name: 'body_found', terms: [texts('- -'), any] },
    { name: 'body_found', terms: [any, any] },
  )
  expect(answered('recipients_beyond', blocks)).toEqual([])
  expect(answered('local_time', blocks)).toEqual([])
  expect(answered('body_found', blocks)).toEqual([])
})

test('a token full of questions gets a bounded number of answers', () => {
  const blocks = asking(
    ...Array.from({ length: 200 }, (_, index) => ({
      name: 'recipients_beyond',
      terms: [text('none'), texts(`a${index}@acme.com`), any],
    })),
  )
  expect(answered('recipients_beyond', blocks)).toHaveLength(16)
})

test('every fact of a request is a reserved name', () => {
  const token = verified(
    tokenFor({
      actions: ['messages.read', 'messages.reply'],
      hours: { zone: 'UTC' },
      body: { refuse: ['iban'] },
    }),
  )
  for (const action of [read(), reply()]) {
    const facts = toFacts(action, { ...CONTEXT, keyThumbprint: 'jkt' }, token.blocks)
    expect(RESERVED_FACTS).toEqual(expect.arrayContaining(facts.map(({ name }) => name)))
  }
})
