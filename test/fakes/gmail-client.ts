import { auth, gmail, type gmail_v1 } from '@googleapis/gmail'
import type { FakeGmail } from './gmail/index.ts'

/** Google's stock client, pointed at the stand-in; each call names the root, or uploads would go to the real Google */
export function stockClient(
  fake: FakeGmail,
  accessToken: string = fake.accessToken,
): gmail_v1.Gmail {
  const credentials = new auth.OAuth2()
  credentials.setCredentials({ access_token: accessToken })
  return gmail({ version: 'v1', auth: credentials, rootUrl: fake.url, retry: false })
}
