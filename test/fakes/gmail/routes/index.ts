import type { Route } from '../call.ts'
import { ACCOUNT_ROUTES } from './account.ts'
import { DRAFT_ROUTES } from './drafts.ts'
import { LABEL_ROUTES } from './labels.ts'
import { MESSAGE_ROUTES } from './messages.ts'
import { SETTINGS_ROUTES } from './settings.ts'
import { THREAD_ROUTES } from './threads.ts'

/** literal segments come before parameters in each file: the first match wins */
export const ROUTES: readonly Route[] = [
  ...MESSAGE_ROUTES,
  ...THREAD_ROUTES,
  ...LABEL_ROUTES,
  ...DRAFT_ROUTES,
  ...ACCOUNT_ROUTES,
  ...SETTINGS_ROUTES,
]
