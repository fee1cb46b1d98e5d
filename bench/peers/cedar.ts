import { createRequire } from 'node:module'
import type * as Cedar from '@cedar-policy/cedar-wasm'

/** the grant of sample-token.ts, as Cedar would say it: what a user would pick instead, next to a JWT */
const POLICIES = `
permit (principal, action == Action::"gmail.messages.read", resource)
when {
  context.profile == 1 && context.audience == "http://127.0.0.1:4001" && context.time < 4102444800 &&
  context.message_place == "mailbox" &&
  context.message_from.containsAny(["@customer.example", "@partner.example"]) &&
  context.message_labels.contains("Label_support") &&
  context.message_subject like "*order*" &&
  context.message_age <= 2592000
};
permit (principal, action == Action::"gmail.messages.reply", resource)
when {
  context.profile == 1 && context.audience == "http://127.0.0.1:4001" && context.time < 4102444800 &&
  context.message_place == "mailbox" &&
  context.recipients_beyond.isEmpty() && context.recipient_count <= 5 && context.attachment_origins.isEmpty()
};
permit (principal, action in [Action::"gmail.messages.list", Action::"gmail.labels.list", Action::"gmail.profile.read"], resource)
when { context.profile == 1 && context.audience == "http://127.0.0.1:4001" && context.time < 4102444800 };
`

/** preparsed, as its documentation advises; the facts are those that a front asserts about the sample message */
export function cedarDecision(): () => boolean {
  const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof Cedar
  const parsed = cedar.preparsePolicySet('grant', { staticPolicies: POLICIES })
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors))
  const context = {
    profile: 1,
    audience: 'http://127.0.0.1:4001',
    time: Math.floor(Date.now() / 1000),
    message_place: 'mailbox',
    message_from: ['lena@customer.example', '@customer.example'],
    message_to: ['dana@northwind-tea.example', '@northwind-tea.example'],
    message_cc: [],
    message_labels: ['INBOX', 'Label_support'],
    message_subject: 'where is my order 1042?',
    message_age: 3600,
    message_thread: 't1',
    message_has_attachment: false,
    message_authenticated: true,
    content: 'full',
  }
  return () => {
    const answer = cedar.statefulIsAuthorized({
      principal: { type: 'Agent', id: 'bench' },
      action: { type: 'Action', id: 'gmail.messages.read' },
      resource: { type: 'Mailbox', id: 'me' },
      context,
      entities: [],
      preparsedPolicySetId: 'grant',
    })
    return answer.type === 'success' && answer.response.decision === 'allow'
  }
}
