/** the account's settings: what an agent would change to get mail out without sending any */
export interface Settings {
  autoForwarding: Record<string, unknown>
  imap: Record<string, unknown>
  pop: Record<string, unknown>
  vacation: Record<string, unknown>
  language: Record<string, unknown>
  watch: Record<string, unknown> | undefined
  readonly collections: Readonly<Record<SettingsCollection, SettingsTable>>
}

export type SettingsCollection =
  | 'filters'
  | 'forwardingAddresses'
  | 'delegates'
  | 'sendAs'
  | 'smimeInfo'
  | 'cseIdentities'
  | 'cseKeypairs'

export type SettingsTable = Map<string, Record<string, unknown>>

export function createSettings(account: string): Settings {
  return {
    autoForwarding: { enabled: false },
    imap: { enabled: true, autoExpunge: true, expungeBehavior: 'archive', maxFolderSize: 0 },
    pop: { accessWindow: 'disabled', disposition: 'leaveInInbox' },
    vacation: { enableAutoReply: false },
    language: { displayLanguage: 'en' },
    watch: undefined,
    collections: {
      filters: new Map(),
      forwardingAddresses: new Map(),
      delegates: new Map(),
      sendAs: new Map([
        [
          account,
          {
            sendAsEmail: account,
            displayName: 'Dana Whitfield',
            isPrimary: true,
            isDefault: true,
            signature: '',
          },
        ],
      ]),
      smimeInfo: new Map(),
      cseIdentities: new Map(),
      cseKeypairs: new Map(),
    },
  }
}
