import { auth, gmail, type gmail_v1 } from '@googleapis/gmail'
import type { TestFront } from '../support/front.ts'

/** Google's own client with a capability token in the place of its credential */
export function frontClient(front: TestFront, token: string): gmail_v1.Gmail {
  const credentials = new auth.OAuth2()
  credentials.setCredentials({ access_token: token })
  return gmail({ version: 'v1', auth: credentials, rootUrl: `${front.url}/`, retry: false })
}
