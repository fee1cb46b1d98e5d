import { auth, gmail, type gmail_v1 } from '@googleapis/gmail'

/** Google's stock client, pointed at the stand-in or a front; each call names the root, or uploads would go to the real Google */
export function stockClient(
  { url, accessToken = '' }: { readonly url: string; readonly accessToken?: string },
  bearer: string = accessToken,
): gmail_v1.Gmail {
  const credentials = new auth.OAuth2()
  credentials.setCredentials({ access_token: bearer })
  return gmail({ version: 'v1', auth: credentials, rootUrl: url, retry: false })
}
