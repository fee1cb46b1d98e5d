// What only the browser can add to a form of ours: its time zone, and what a passkey signs. It fills in the page's own fields
// and sends the page's own form; it fetches nothing. Without it the password does.
const able =
  typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === 'function' &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function' &&
  typeof PublicKeyCredential.prototype.toJSON === 'function'

for (const field of document.querySelectorAll('input[name="zone"]')) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? ''
}

/** a challenge is good for five minutes: who comes back to a page that is older gets a new one, if she has written nothing */
const FRESH_MS = 270_000

/** the request that waits among the suggestions of the e-mail field: a browser takes one at a time */
let waiting

async function request(options, mediation) {
  waiting?.abort()
  waiting = new AbortController()
  return navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
    signal: waiting.signal,
    ...(mediation && { mediation }),
  })
}

async function create(options, name) {
  if (name) Object.assign(options.user, { name, displayName: name })
  return navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  })
}

function send(form, field, credential) {
  form.elements[field].value = JSON.stringify(credential)
  form.submit()
}

function prepare(part) {
  const { passkey: kind, options: json, field } = part.dataset
  const form = part.closest('form')
  const problem = part.querySelector('[data-problem]')
  const email = form.querySelector('input[type="email"]')
  const options = () => JSON.parse(json)
  part.hidden = false

  part.querySelector('button').addEventListener('click', async () => {
    if (kind === 'create' && email && !email.reportValidity()) return
    problem.hidden = true
    try {
      const credential = await (kind === 'create'
        ? create(options(), email?.value)
        : request(options()))
      send(form, field, credential)
    } catch {
      problem.hidden = false
    }
  })

  if (kind === 'get' && 'suggested' in part.dataset) void suggest(form, field, options)
}

function renew({ again }) {
  const written = [...document.querySelectorAll('input:not([type="hidden"])')].some((i) => i.value)
  if (!document.hidden && !written && performance.now() > FRESH_MS) location.assign(again)
}

async function suggest(form, field, options) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return
  // she may write her password instead: then nothing has gone wrong
  const credential = await request(options(), 'conditional').catch(() => undefined)
  if (credential) send(form, field, credential)
}

for (const part of document.querySelectorAll('[data-again]')) {
  document.addEventListener('visibilitychange', () => renew(part.dataset))
}
if (!able) for (const text of document.querySelectorAll('[data-unable]')) text.hidden = false
if (able) document.querySelectorAll('[data-passkey]').forEach(prepare)
