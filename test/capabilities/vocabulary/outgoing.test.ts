import { describe, expect, test } from 'vitest'
import { printFact, type MailFacts } from '../../../capabilities/index.ts'
import { attachments } from '../../../capabilities/vocabulary/attachments.ts'
import { bodyHtml } from '../../../capabilities/vocabulary/body-html.ts'
import { bodyLinks } from '../../../capabilities/vocabulary/body-links.ts'
import type { Conditions } from '../../../capabilities/vocabulary/capability.ts'
import type { Constraint } from '../../../capabilities/vocabulary/constraint.ts'
import { NOW, read, reply, send } from '../token-for.ts'

/** each value of a constraint, narrowest first, with the mail that it is the first to let pass */
const LADDERS: readonly (readonly [
  constraint: Constraint,
  fact: string,
  steps: readonly (readonly [Conditions, Partial<MailFacts>, phrase: string])[],
])[] = [
  [
    attachments,
    'attachment_origins({,})',
    [
      [{ attachments: 'none' }, {}, 'without attachments'],
      [
        { attachments: 'thread' },
        { attachmentOrigins: ['thread'] },
        'with attachments only from that conversation',
      ],
      [
        { attachments: 'readable' },
        { attachmentOrigins: ['thread', 'readable'] },
        'with attachments only from e-mail it can read',
      ],
      [
        { attachments: 'any' },
        { attachmentOrigins: ['readable', 'outside'] },
        'with any attachments',
      ],
    ],
  ],
  [
    bodyHtml,
    'body_html("none")',
    [
      [{ body: { html: 'none' } }, {}, 'as plain text'],
      [{ body: { html: 'sanitised' } }, { html: 'sanitised' }, 'with harmless formatting'],
    ],
  ],
  [
    bodyLinks,
    'link_origins({,})',
    [
      [{ body: { links: 'none' } }, {}, 'without links'],
      [
        { body: { links: 'known' } },
        { linkOrigins: ['known'] },
        'with links only to sites already named in that conversation',
      ],
      [{ body: { links: 'any' } }, { linkOrigins: ['known', 'new'] }, 'with any links'],
    ],
  ],
]

describe.each(LADDERS.map((one) => [one[0].name, ...one] as const))(
  '%s',
  (_name, constraint, fact, steps) => {
    test('each step passes its own mail and that of the steps below', () => {
      steps.forEach(([conditions], own) => {
        const passed = steps.map(([, mail]) =>
          constraint.permits(conditions, reply(mail), { now: NOW }),
        )
        expect(passed).toEqual(steps.map((_step, other) => other <= own))
      })
    })

    test('each step includes the steps below', () => {
      steps.forEach(([wider], own) => {
        const included = steps.map(([narrower]) => constraint.subsumes(wider, narrower))
        expect(included).toEqual(steps.map((_step, other) => other <= own))
      })
    })

    test('the widest needs no caveat, and every other comes back from its own', () => {
      steps.forEach(([conditions, , phrase], own) => {
        const leaf = constraint.caveat(conditions)
        expect(constraint.phrase(conditions)).toBe(phrase)
        if (own === steps.length - 1) expect(leaf).toBeUndefined()
        else expect(leaf && constraint.decompile(leaf, {})).toEqual(conditions)
      })
    })

    test('is a fact of mail that would leave, and of nothing else', () => {
      const [[narrowest] = [{}]] = steps
      const told = constraint.assert?.(send())
      expect(told && printFact(told)).toBe(fact)
      expect(constraint.assert?.(read())).toBeUndefined()
      expect(constraint.permits(narrowest, read(), { now: NOW })).toBe(false)
    })
  },
)

test('what the widest allows is no question, whatever is asked', () => {
  for (const conditions of [{ attachments: 'any' as const }, { body: { links: 'any' as const } }]) {
    const constraint = 'attachments' in conditions ? attachments : bodyLinks
    expect(constraint.permits(conditions, read(), { now: NOW })).toBe(true)
  }
})

test('said beside each other, the parts of `body` stay', () => {
  const leaf = bodyHtml.caveat({ body: { html: 'none' } })
  expect(leaf && bodyHtml.decompile(leaf, { body: { links: 'none', refuse: ['iban'] } })).toEqual({
    body: { html: 'none', links: 'none', refuse: ['iban'] },
  })
})

test.each<[Conditions, Partial<MailFacts>, string, string]>([
  [
    { attachments: 'none' },
    { attachmentOrigins: ['thread'] },
    'this mail has an attachment',
    'without attachments',
  ],
  [
    { attachments: 'thread' },
    { attachmentOrigins: ['readable'] },
    'an attachment is not from that conversation',
    'with attachments only from that conversation',
  ],
  [
    { attachments: 'readable' },
    { attachmentOrigins: ['outside'] },
    'an attachment is not from any e-mail it can read',
    'with attachments only from e-mail it can read',
  ],
])('%j: says where an attachment is from', (conditions, mail, refused, allowed) => {
  expect(attachments.explain(conditions, reply(mail))).toEqual({ refused, allowed })
})

test('says what is wrong with a link or with the formatting', () => {
  expect(bodyLinks.explain({ body: { links: 'none' } }, reply())).toEqual({
    refused: 'this mail has a link',
    allowed: 'without links',
  })
  expect(bodyLinks.explain({ body: { links: 'known' } }, reply())?.refused).toBe(
    'this mail has a link to a site that is not named in that conversation',
  )
  expect(bodyHtml.explain({ body: { html: 'none' } }, reply())).toEqual({
    refused: 'this mail has formatting (HTML)',
    allowed: 'only plain text',
  })
})
