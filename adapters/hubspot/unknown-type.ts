import type { Refusal } from '../refusal.ts'

export const unknownType: Refusal = {
  code: 'unknown_operation',
  message:
    'this object type is not available here: name one of contacts, companies, deals, tickets, notes, tasks, calls, emails, line_items, products, or a custom type by its number such as 2-3456789',
  reason: 'unknown_object_type',
}
