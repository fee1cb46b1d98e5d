import { expect, test } from 'vitest'
import { isInMailbox, placeFact } from '../../../capabilities/vocabulary/place.ts'
import { read, reply, send } from '../token-for.ts'

test('spam, trash and drafts are not in the mailbox, whatever else they are labelled', () => {
  const placed = (...labels: string[]): unknown =>
    placeFact(read({ labels }))?.terms.map(({ value }) => value)
  expect(placed('INBOX')).toEqual(['mailbox'])
  expect(placed()).toEqual(['mailbox'])
  expect(placed('INBOX', 'SPAM')).toEqual(['spam'])
  expect(placed('INBOX', 'TRASH')).toEqual(['trash'])
  expect(placed('INBOX', 'DRAFT')).toEqual(['draft'])
  expect(placeFact(reply())?.name).toBe('message_place')
  expect(placeFact(send())).toBeUndefined()
  const [inbox, spam] = [read(), read({ labels: ['SPAM'] })]
  expect('message' in inbox && isInMailbox(inbox.message)).toBe(true)
  expect('message' in spam && isInMailbox(spam.message)).toBe(false)
})
