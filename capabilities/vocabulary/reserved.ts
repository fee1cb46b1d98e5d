/**
 * Fact names that only block 0 (ours) and a request may assert. A later block that asserts one of them is refused in
 * admission: it could otherwise satisfy its own checks with its own words and mislead whoever reads it.
 */
export const RESERVED_FACTS: readonly string[] = [
  'grant',
  'client',
  'right',
  'op',
  'time',
  'audience',
  'profile',
  'cnf_jkt',
  'local_time',
  'message_from',
  'message_to',
  'message_cc',
  'message_labels',
  'message_subject',
  'message_age',
  'message_thread',
  'message_has_attachment',
  'message_authenticated',
  'message_place',
  'content',
  'recipients_beyond',
  'recipient_count',
  'attachment_origins',
  'body_html',
  'link_origins',
  'body_found',
  'body_echo',
  'labels_added_within',
  'labels_removed_within',
  // of the next vocabulary: reserved now, so that no token of today can say them then
  'budget_ok',
  'approval',
]
