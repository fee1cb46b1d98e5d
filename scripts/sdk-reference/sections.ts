export interface Section {
  readonly title: string
  readonly text: string
  readonly names: readonly string[]
}

/** the order in which an agent's developer needs them; every exported name stands here once */
export const SECTIONS: readonly Section[] = [
  {
    title: 'Connect',
    text: 'An agent that asks its buyer over OAuth starts with `remit`; one that was handed a token, with `frontAccess`. Both give an access, which the stock clients take.',
    names: [
      'remit',
      'RemitConfig',
      'ClientKey',
      'Remit',
      'Proposal',
      'TokenStore',
      'StoredTokens',
      'memoryStore',
      'generateProofKey',
      'ProofKeyPair',
      'frontAccess',
      'FrontAccessOptions',
      'FrontAccess',
    ],
  },
  {
    title: 'Use stock clients',
    text: 'Each gives what the constructor of that client takes. The token goes to the front and to no other host.',
    names: ['gmailAuth', 'stripeOptions', 'StripeOptions', 'hubspotOptions', 'HubspotOptions'],
  },
  {
    title: 'Look inside',
    text: 'Offline, without a key. Nothing here verifies a signature: a front does.',
    names: [
      'inspect',
      'UnverifiedInspection',
      'InspectedBlock',
      'parseCapabilities',
      'parseNarrowing',
      'describe',
      'Row',
      'subsumes',
    ],
  },
  {
    title: 'Narrow',
    text: 'Offline, by whoever holds the token. What was narrowed cannot be widened again.',
    names: ['attenuate', 'AttenuateOptions', 'oneThread', 'OneThreadOptions'],
  },
  {
    title: 'Hand on',
    text: 'A sub-agent in the same process, or with the same key, gets a narrowed token. One with a key of its own gets a delegated one.',
    names: ['delegate', 'DelegateOptions', 'HolderKey'],
  },
  {
    title: 'Errors',
    text: 'What a front refuses is a denial; what fails before or around it is one of two errors with a `code`.',
    names: [
      'toDenial',
      'Denial',
      'PendingApproval',
      'RemitError',
      'RemitErrorCode',
      'CapabilityError',
      'CapabilityErrorCode',
    ],
  },
  {
    title: 'The vocabulary',
    text: 'What an entry may say. [caveats.md](caveats.md) has each field with its exact meaning, the sentence that the buyer reads, and its bounds.',
    names: [
      'Narrowing',
      'Capability',
      'Conditions',
      'ActionName',
      'GmailActionName',
      'HubspotActionName',
      'StripeActionName',
      'ProviderType',
      'Amount',
      'Approval',
      'Limit',
      'Parties',
      'Recipients',
      'AttachmentSource',
      'Body',
      'LinkSource',
      'Hours',
      'Where',
      'PropertyValue',
      'Properties',
      'Weekday',
    ],
  },
]
