/** what the examples take as given */
export const NAMES: readonly {
  readonly name: string
  readonly type: string
  readonly what: string
}[] = [
  { name: 'token', type: 'string', what: 'a capability token' },
  {
    name: 'front',
    type: 'string',
    what: 'the origin of a front, as `https://gmail.remit.example`',
  },
  { name: 'clientId', type: 'string', what: 'the client as it is registered at the authority' },
  { name: 'redirectUri', type: 'string', what: 'where the buyer comes back to' },
  { name: 'callbackUrl', type: 'string', what: 'the address with which she came back' },
  { name: 'agent', type: "import('remit-sdk').Remit", what: 'what `remit` gave' },
  {
    name: 'access',
    type: "import('remit-sdk').FrontAccess",
    what: '`agent.access`, or what `frontAccess` gave',
  },
  {
    name: 'mailbox',
    type: "ReturnType<typeof import('@googleapis/gmail').gmail>",
    what: "Google's client",
  },
  { name: 'requestBody', type: '{ raw: string }', what: 'a mail' },
  {
    name: 'privateKey',
    type: "import('remit-sdk').ClientKey['privateKey']",
    what: 'the private key of a client that has one',
  },
]
