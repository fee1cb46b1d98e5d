const MAX_CHARS = 2_000

/** what looks like a credential, wherever it stands in a text */
const SECRETS: readonly [pattern: RegExp, replacement: string][] = [
  // user and password of a URL
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[redacted]@'],
  [/\b(bearer|basic|dpop)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  // Google: access tokens, refresh tokens, client secrets
  [/\bya29\.[\w-]+/g, '[redacted]'],
  [/(?<![\w/])1\/\/[\w-]{10,}/g, '[redacted]'],
  [/\bGOCSPX-[\w-]+/g, '[redacted]'],
  // HubSpot: private apps, refresh tokens; Stripe: keys
  [/\b(?:pat|eu1|na[12])-[\w-]{8,}/g, '[redacted]'],
  [/\b[rs]k_(?:live|test)_\w+/g, '[redacted]'],
  // JWT and JWE
  [/\beyJ[\w-]+(?:\.[\w-]*){2,4}/g, '[redacted]'],
  // anything long in base64: a capability token; a revocation id is hex and stays readable
  [/(?![0-9a-f]+(?![\w+/=-]))[\w+/-]{80,}={0,2}/g, '[redacted]'],
]

export function redact(text: string): string {
  const clean = SECRETS.reduce(
    (current, [pattern, replacement]) => current.replace(pattern, replacement),
    // cut first: the patterns then meet a bounded text, and half a secret at the cut is still one to them
    text.slice(0, MAX_CHARS * 2),
  )
  return clean.length > MAX_CHARS ? `${clean.slice(0, MAX_CHARS)}…` : clean
}
