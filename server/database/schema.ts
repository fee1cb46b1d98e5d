import type { ColumnType, Generated } from 'kysely'
import type { ApprovalCard } from '../../adapters/ports.ts'

/** JSONB: read as a value, written as JSON text (the drivers disagree on how they serialise objects) */
type Json<T> = ColumnType<T, string, string>
type Defaulted<T> = ColumnType<T, T | undefined, T>

export interface Database {
  buyers: {
    id: string
    email: string
    /** null: signs in with passkeys only */
    password_hash: string | null
    created_at: Generated<Date>
    /** BCP 47; null: as the browser says */
    locale: string | null
    /** of the IANA database */
    time_zone: string | null
  }
  console_sessions: {
    id_hash: string
    buyer_id: string
    created_at: Generated<Date>
    expires_at: Date
    /** when whoever sits there last proved to be the buyer */
    verified_at: Defaulted<Date>
    /** the browser that signed in, in words */
    device: Defaulted<string>
    /** give or take five minutes */
    seen_at: Defaulted<Date>
  }
  passkeys: {
    id: string
    credential_id: string
    buyer_id: string
    /** COSE, in base64url */
    public_key: string
    counter: number
    transports: string[]
    /** it cannot leave the device that made it */
    device_bound: boolean
    name: string
    created_at: Defaulted<Date>
    last_used_at: Date | null
  }
  /** those that were answered: none of them a second time */
  passkey_challenges: {
    challenge_hash: string
    /** a hash of what asked: the browser or the session, and for what */
    bound_to: string
    expires_at: Date
  }
  /** with an address: a further buyer; with a buyer: one who lost her means of signing in; with neither: the first buyer */
  welcome_links: {
    token_hash: string
    email: string | null
    buyer_id: string | null
    created_at: Defaulted<Date>
    expires_at: Date
  }
  security_events: {
    id: Generated<number>
    buyer_id: string
    kind: string
    /** a name or a browser: text to show, escaped */
    detail: Defaulted<string>
    at: Date
  }
  sign_in_attempts: {
    key: string
    failures: number
    blocked_until: Date | null
    expires_at: Date
  }
  /** which buyer registered a client in the developers' corner */
  registered_clients: {
    client_id: string
    buyer_id: string
    created_at: Generated<Date>
  }
  connections: {
    id: string
    buyer_id: string
    provider: string
    account: string
    /** compact JWE under the master key */
    sealed: string
    status: Defaulted<'working' | 'broken'>
    last_error: string | null
    created_at: Generated<Date>
    changed_at: Defaulted<Date>
    /** as the provider named them, `*` for everything; null: nobody said what the credential may do */
    scopes: string[] | null
    /** to the minute */
    last_used_at: Date | null
  }
  /** a buyer who is on her way to a provider and back */
  connecting: {
    state_hash: string
    session_hash: string
    provider: string
    /** the one that is connected again */
    connection_id: string | null
    scopes: string[]
    way_back: string | null
    expires_at: Date
  }
  grants: {
    id: string
    buyer_id: string
    client_id: string
    authorization_details: Json<unknown[]>
    /** oidc-provider's Grant payload */
    payload: Json<Record<string, unknown>>
    /** provider -> connection id, fixed at consent */
    connections: ColumnType<Record<string, string>, string | undefined, string>
    created_at: Generated<Date>
    expires_at: Date | null
    revoked_at: Date | null
    revoked_reason: string | null
    /** no access token of this grant without the agent's key bound to it */
    dpop_bound: Defaulted<boolean>
    /** of each access token; null: as long as the authority gives by default */
    access_token_seconds: number | null
    /** refused by every front until it is resumed */
    paused_at: Date | null
    paused_by: 'buyer' | 'operator' | null
    /** the transaction that paused or resumed it last */
    standing_xid: number | null
  }
  /** one row for each process that runs a front */
  running_fronts: {
    id: string
    provider: string
    resource: string
    /** pg_snapshot: everything that it sees stands in the front's memory */
    applied: string | null
    lease_ms: number
    started_at: Generated<Date>
    seen_at: Generated<Date>
  }
  front_acknowledgements: {
    front_id: string
    xid: number
    applied_at: Generated<Date>
  }
  oidc_payloads: {
    model: string
    id: string
    payload: Json<Record<string, unknown>>
    grant_id: string | null
    uid: string | null
    user_code: string | null
    revocation_id: string | null
    account_id: string | null
    client_id: string | null
    created_at: Generated<Date>
    expires_at: Date | null
    consumed_at: Date | null
  }
  revocations: {
    seq: Generated<number>
    kind: 'token' | 'grant'
    id: string
    grant_id: string | null
    reason: string
    revoked_at: Generated<Date>
    expires_at: Date
    /** the transaction that wrote the row */
    xid: Generated<number>
  }
  signing_keys: {
    id: string
    purpose: 'biscuit-root' | 'oidc-signing'
    root_key_id: number | null
    public_jwk: Json<Record<string, unknown>>
    sealed: string
    created_at: Generated<Date>
    active_from: Date
    retired_at: Date | null
  }
  records: {
    id: string
    at: Date
    provider: string
    grant_id: string | null
    /** the grant's, written with the call */
    buyer_id: string | null
    client_id: string | null
    operation: string | null
    request: Json<Record<string, unknown>>
    facts: Json<Record<string, unknown>> | null
    decision: 'allow' | 'deny' | 'invalid' | 'undecided'
    reason: string | null
    caveat: string | null
    explanation: string | null
    lineage: string[]
    outcome: 'pending' | 'done' | 'failed' | 'unknown' | 'refused' | null
    upstream_status: number | null
    finished_at: Date | null
    /** what it took from budgets */
    spent: Json<unknown[]> | null
  }
  budgets: {
    holder: string
    dimension: string
    time_window: string
    period: string
    used: number
    kept_until: Date | null
  }
  budget_members: {
    holder: string
    dimension: string
    time_window: string
    member: string
    period: string
    uses: number
    sure: boolean
    kept_until: Date | null
  }
  approvals: {
    id: string
    grant_id: string
    buyer_id: string
    client_id: string | null
    provider: string
    operation: string
    digest: string
    card: Json<ApprovalCard>
    decision_id: string
    status: 'pending' | 'approved' | 'denied' | 'cancelled'
    /** stands for its action: neither used nor replaced */
    live: boolean
    asked_at: Generated<Date>
    expires_at: Date
    decided_at: Date | null
    decided_by: string | null
    /** the record of the call that used it */
    used_by: string | null
  }
  rate_limits: { key: string; tat: Date }
  idempotent_calls: {
    grant_id: string
    key: string
    digest: string
    provider: string
    connection_id: string
    record_id: string
    action: Json<Record<string, unknown>>
    trace: Json<Record<string, unknown>>
    state: 'open' | 'done' | 'failed' | 'unknown'
    begun_at: Generated<Date>
    /** when somebody last asked the provider about it */
    asked_at: Date | null
  }
  notifications: {
    id: string
    channel: 'mail' | 'webhook'
    buyer_id: string
    kind: string
    subject: string
    body: string
    /** of the console, below its issuer */
    path: string
    created_at: Generated<Date>
    expires_at: Date
    attempts: Generated<number>
    next_attempt_at: Generated<Date>
    last_error: string | null
    dead_at: Date | null
  }
  served_attachments: {
    grant_id: string
    sha256: string
    message_id: string
    served_at: Generated<Date>
  }
  sent_messages: {
    grant_id: string
    message_id: string
    sent_at: Generated<Date>
  }
  shown_passages: {
    grant_id: string
    passage: string
    /** empty: the agent's own words */
    thread_id: string
    shown_at: Generated<Date>
  }
  own_items: {
    grant_id: string
    kind: string
    id: string
    detail: Json<Record<string, string>>
    created_at: Generated<Date>
  }
  used_proofs: {
    id: string
    expires_at: Date
  }
}
