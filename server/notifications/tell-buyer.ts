import { toAgentText } from '../console/agent-text.ts'
import type { ApprovalNews, TellNews } from '../state/approvals.ts'
import { enqueue } from './enqueue.ts'
import type { NewNotification } from './notification.ts'

const ROOM = '/approvals'

/** that something waits, and not more than it takes to recognise it: whoever decides reads all of it in the console */
export const tellBuyer: TellNews = async (transaction, news) => {
  await enqueue(transaction, toNotification(news))
}

function toNotification({ kind, buyerId, request }: ApprovalNews): NewNotification {
  const { operation, card } = request
  if (kind === 'collapsed') {
    return {
      buyerId,
      kind: 'approvals_collapsed',
      path: ROOM,
      subject: 'An agent asks for unusually many approvals',
      text: [
        `Many calls of one kind (${operation}) wait for your approval, and you will not be told of each.`,
        '',
        'Somebody may hope that you approve without reading. Approve only what you expect, or stop the agent in the console.',
      ].join('\n'),
    }
  }
  return {
    buyerId,
    kind: 'approval_waiting',
    path: ROOM,
    // nothing in it is an agent's: it is what a mailbox shows as if we had said it
    subject: 'A call waits for your approval',
    text: [
      `An agent wants to do this (${operation}), and it waits for you:`,
      '',
      `  ${toUnlinkedText(card.title)}`,
      '',
      'Read it and decide in the console. If you do nothing, it does not happen.',
    ].join('\n'),
  }
}

/**
 * The title can have words of the agent, or of a mail it read. Mail programs make links of whatever looks like one, and such
 * a link would stand in a message of ours. A mail address stays: it is what a buyer recognises, and opens no page.
 */
function toUnlinkedText(text: string): string {
  const words = toAgentText(text, 200).split(' ')
  return words.map((word) => (link.test(word) && !address.test(word) ? '[…]' : word)).join(' ')
}

const link = /[:/\\]\/|[.。．｡](?:[\p{L}\p{M}]{2}|xn--)/iu
const address = /^[\w.+-]{1,64}@[\p{L}\p{M}\p{N}.-]+$/u
