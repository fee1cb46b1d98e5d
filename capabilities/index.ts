export { CapabilityError, type CapabilityErrorCode } from './errors.ts'
export type { Decision, Denial } from './decision.ts'
export { normaliseAddress, normaliseDomain, normaliseText } from './normalise.ts'
export {
  GMAIL_ACTIONS,
  HUBSPOT_ACTIONS,
  PROVIDERS,
  STRIPE_ACTIONS,
  WEEKDAYS,
  type ActionName,
  type Amount,
  type Approval,
  type AttachmentSource,
  type Body,
  type Capability,
  type Conditions,
  type GmailActionName,
  type Hours,
  type HubspotActionName,
  type Limit,
  type LinkSource,
  type Narrowing,
  type Parties,
  type Properties,
  type PropertyValue,
  type ProviderType,
  type Recipients,
  type StripeActionName,
  type Weekday,
  type Where,
} from './vocabulary/capability.ts'
export type {
  AttachmentOrigin,
  GmailAction,
  GmailOperation,
  LabelChange,
  MailFacts,
  MessageFacts,
  ThreadFacts,
} from './vocabulary/gmail-action.ts'
export type { Action, Operation } from './vocabulary/action.ts'
export {
  HUBSPOT_OBJECTS,
  HUBSPOT_VERBS,
  OWNER_PROPERTY,
  pipelinePropertyOf,
  type CrmTarget,
  type HubspotAction,
  type HubspotObject,
  type HubspotOperation,
  type HubspotVerb,
  type RecordFacts,
  type WrittenContent,
} from './vocabulary/hubspot-action.ts'
export { moneyDecimals, moneyWords } from './vocabulary/money.ts'
export type {
  Money,
  StripeAction,
  StripeOperation,
  StripeReadable,
  StripeEffect,
  StripeTarget,
} from './vocabulary/stripe-action.ts'
export { currenciesNamedIn } from './vocabulary/amount.ts'
export { asksForEchoes } from './vocabulary/body-echo.ts'
export { changeableLabelsIn } from './vocabulary/label-changes.ts'
export { objectOf as hubspotObjectOf, verbOf as hubspotVerbOf } from './vocabulary/hubspot.ts'
export { OBJECT_WORDS as HUBSPOT_OBJECT_WORDS } from './sentences/hubspot.ts'
export { propertiesOfFilter } from './vocabulary/where.ts'
export { recordFactsNeededIn, type RecordFactsNeeded } from './vocabulary/record-facts.ts'
export { labelsNamedIn } from './vocabulary/labels.ts'
export { carries, operationsOf } from './vocabulary/vocabularies.ts'
export { RESERVED_FACTS } from './vocabulary/reserved.ts'
export { parseCapabilities, parseNarrowing } from './parse.ts'
export { findExcess, inherit, intersect, restrict, subsumes, within } from './compare.ts'
export { compileAttenuation, compileGrant, forAudience, type GrantContent } from './compile.ts'
export { authorize, toFacts, type RequestContext } from './facts.ts'
export {
  hasBudgets,
  planBudgets,
  withSpent,
  type BudgetPlan,
  type DeclaredBudget,
} from './budgets.ts'
export { budgetsOf, type GrantBudget } from './grant-budgets.ts'
export { parseDimension, type Budget, type Budgets } from './vocabulary/budget.ts'
export { usedWords, type SpentBudget } from './vocabulary/budget-words.ts'
export {
  parseWindow,
  PERIOD_GRACE,
  periodAt,
  type Period,
  type TimeWindow,
} from './vocabulary/time-window.ts'
export { isKeyBound } from './key-binding.ts'
export { permits } from './permits.ts'
export { accountsGranted, readFilters } from './decompile.ts'
export { describe, describeAbsent, type Row } from './describe.ts'
export { describeOperation, explainDenial, type DenialExplanation } from './explain.ts'
export { inspect, type InspectedBlock, type UnverifiedInspection } from './inspect.ts'
export { attenuate, delegate, type DelegateOptions } from './sdk.ts'
export { findDelegate } from './token/delegation.ts'
export { findEd25519, toThumbprint, type HolderKey, type Jwk } from './token/holder-key.ts'
export type {
  BinaryOperator,
  Block,
  Check,
  Expression,
  ExpressionStep,
  Fact,
  Predicate,
  Query,
  Scalar,
  Term,
  UnaryOperator,
  Value,
  Variable,
} from './token/syntax.ts'
export {
  verifyToken,
  type RootKeyLookup,
  type VerifiedToken,
  type VerifyResult,
} from './token/verify.ts'
export { parseToken, type ParseResult, type UnverifiedToken } from './token/unverified.ts'
export type { TokenRefusal } from './token/refusal.ts'
export { generateRootKey, mintToken, type MintedToken } from './token/mint.ts'
export { appendBlock, type AttenuatedToken } from './token/attenuate.ts'
export { admitsKey, evaluate } from './token/evaluate.ts'
export { printCheck, printFact } from './token/print.ts'
export { SecondReader, type SecondReaderOptions } from './token/second-reader.ts'
