import type { Mailbox } from '../mailbox.ts'
import { BULK } from './bulk.ts'
import { FINANCE_AND_SUPPLIERS } from './finance.ts'
import { ORDERS } from './orders.ts'
import { ACCOUNT } from './people.ts'
import { addSeedThread, LABEL_NAMES, LABELS, seedId, type SeedThread } from './seed-mail.ts'
import { SUPPORT } from './support.ts'

const THREADS: readonly SeedThread[] = [...SUPPORT, ...ORDERS, ...FINANCE_AND_SUPPLIERS, ...BULK]

export interface SeedMessage {
  readonly id: string
  readonly threadId: string
  readonly subject: string
  /** the From header as it was written */
  readonly from: string
}

function seeded(key: string): SeedMessage {
  const thread = THREADS.find((each) => each.some((mail) => mail.key === key))
  const mail = thread?.find((each) => each.key === key)
  if (!thread || !mail) throw new Error(`no seed message has the key \`${key}\``)
  return {
    id: seedId(key),
    threadId: seedId(thread[0]?.key ?? ''),
    subject: mail.subject,
    from: mail.from,
  }
}

export interface Seed {
  readonly account: string
  readonly colleague: string
  readonly labels: typeof LABELS
  /** where the injected mail wants copies of everything to go */
  readonly evil: string
  /** the thread that the injected mail was put into */
  readonly supportThread: SeedMessage & { readonly customer: string; readonly copied: string }
  /** the newest message of that customer in it */
  readonly supportLast: SeedMessage
  readonly injected: SeedMessage
  /** a bank statement: outside of every support filter */
  readonly hidden: SeedMessage
  /** a customer, a freight company and a colleague under one subject; only some of it is Support */
  readonly mixedThread: SeedMessage & {
    readonly customer: SeedMessage
    readonly supplier: SeedMessage
    readonly internal: SeedMessage
  }
  readonly withPdf: SeedMessage
  readonly withCsv: SeedMessage
  /** two attachments, one with a name that is not ASCII */
  readonly twoAttachments: SeedMessage
  readonly html: SeedMessage
  readonly nonAscii: SeedMessage
  /** the display name is a customer's address, the address is not */
  readonly spoofedName: SeedMessage
  readonly twoFrom: SeedMessage
  /** a customer's address, DMARC failed, with a forged pass below the real verdict */
  readonly unauthenticated: SeedMessage
  readonly mailingList: SeedMessage
  readonly newsletter: SeedMessage
  readonly spam: SeedMessage
  /** from a customer, labelled Support, in the trash */
  readonly trash: SeedMessage
  readonly draft: SeedMessage
}

/** ids, subjects and people of the shop's mailbox; the same on every start */
export const SEED: Seed = {
  account: ACCOUNT,
  colleague: 'ben@northwind-tea.example',
  labels: LABELS,
  evil: 'audit@evil.example',
  supportThread: {
    ...seeded('support-lids'),
    customer: 'alice@riverside-cafe.example',
    copied: 'tom@riverside-cafe.example',
  },
  supportLast: seeded('support-lids-size'),
  injected: seeded('support-lids-injected'),
  hidden: seeded('finance-statement'),
  mixedThread: {
    ...seeded('mixed-customer'),
    customer: seeded('mixed-customer'),
    supplier: seeded('mixed-supplier'),
    internal: seeded('mixed-internal'),
  },
  withPdf: seeded('order-riverside-confirmed'),
  withCsv: seeded('order-riverside'),
  twoAttachments: seeded('order-monsoon-prices'),
  html: seeded('support-allergen'),
  nonAscii: seeded('support-brewing'),
  spoofedName: seeded('support-hotel-spoofed'),
  twoFrom: seeded('support-two-from'),
  unauthenticated: seeded('forged-verdict'),
  mailingList: seeded('list-traders'),
  newsletter: seeded('news-guild'),
  spam: seeded('spam-prize'),
  trash: seeded('trash-alice'),
  draft: seeded('draft-offer'),
}

/** fills the mailbox of a small tea shop; dates count back from `now` */
export function seedShop(mailbox: Mailbox, now: number): void {
  for (const key of Object.keys(LABELS) as (keyof typeof LABELS)[]) {
    mailbox.addLabel(LABEL_NAMES[key], { id: LABELS[key] })
  }
  const drafts = THREADS.flatMap((thread) => addSeedThread(mailbox, thread, now)).filter(
    (message) => message.labelIds.has('DRAFT'),
  )
  for (const draft of drafts) mailbox.drafts.set(`r-${BigInt(`0x${draft.id}`)}`, draft.id)
}
