/**
 * What a token or a proposal says, without a key and without a network. This entry point runs in browsers too: nothing that
 * it imports needs Node.
 *
 * @module remit-sdk/inspect
 */
export { subsumes } from '../capabilities/compare.ts'
export { describe, type Row } from '../capabilities/describe.ts'
export { CapabilityError, type CapabilityErrorCode } from '../capabilities/errors.ts'
export { inspect, type InspectedBlock, type UnverifiedInspection } from '../capabilities/inspect.ts'
export { parseCapabilities, parseNarrowing } from '../capabilities/parse.ts'
export type {
  ActionName,
  Amount,
  Approval,
  AttachmentSource,
  Body,
  Capability,
  Conditions,
  GmailActionName,
  Hours,
  HubspotActionName,
  Limit,
  LinkSource,
  Narrowing,
  Parties,
  Properties,
  PropertyValue,
  ProviderType,
  Recipients,
  StripeActionName,
  Weekday,
  Where,
} from '../capabilities/vocabulary/capability.ts'
export { toDenial, type Denial, type PendingApproval } from './denial.ts'
