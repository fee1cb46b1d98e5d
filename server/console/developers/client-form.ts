import type { ClientRegistration } from '../../authority/register-client.ts'
import type { Form } from '../form.ts'

const MAX_NAME = 80
const MAX_URIS = 10

export type ClientProblems = ReadonlyMap<'name' | 'redirect_uris' | 'kind' | 'form', string>

export type ClientFormResult =
  | { readonly ok: true; readonly registration: ClientRegistration }
  | { readonly ok: false; readonly problems: ClientProblems }

/** what a person can get wrong; what makes an address acceptable, the library says */
export function readClientForm(form: Form): ClientFormResult {
  const problems = new Map<'name' | 'redirect_uris' | 'kind' | 'form', string>()
  const name = (form.get('name') ?? '').trim()
  const kind = form.get('kind')
  const lines = (form.get('redirect_uris') ?? '').split(/\r?\n/u).map((line) => line.trim())
  const redirectUris = [...new Set(lines.filter((line) => line !== ''))]
  if (name === '' || name.length > MAX_NAME)
    problems.set('name', `Enter a name of at most ${MAX_NAME} characters.`)
  if (redirectUris.length === 0 || redirectUris.length > MAX_URIS)
    problems.set('redirect_uris', `Enter one to ${MAX_URIS} addresses, one per line.`)
  if (kind !== 'public' && kind !== 'confidential')
    problems.set('kind', 'Choose whether it can keep a secret.')
  if (problems.size > 0) return { ok: false, problems }
  return { ok: true, registration: { name, redirectUris, isConfidential: kind === 'confidential' } }
}
