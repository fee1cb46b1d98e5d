import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../server/config.ts'

const key = Buffer.from('0123456789abcdefghijklmnopqrstuv')
const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://remit:secret@db.internal/remit',
  REMIT_MASTER_KEY: key.toString('base64url'),
  REMIT_ISSUER: 'https://remit.example',
  REMIT_GMAIL_URL: 'https://gmail.remit.example',
}

function refusal(environment: Record<string, string>): string {
  try {
    loadConfig(environment)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return error instanceof ConfigError ? error.message : ''
  }
  throw new Error('the settings were accepted')
}

describe('the configuration', () => {
  it('has a default for everything on a fresh machine', () => {
    const config = loadConfig({ PATH: '/bin' })
    expect(config).toEqual({
      production: false,
      databaseUrl: undefined,
      dataDir: '.remit',
      roles: ['authority', 'gmail', 'hubspot', 'stripe'],
      host: '127.0.0.1',
      authorityPort: 4000,
      gmailPort: 4001,
      hubspotPort: 4002,
      stripePort: 4003,
      issuer: 'http://127.0.0.1:4000',
      gmailUrl: 'http://127.0.0.1:4001',
      gmailUpstream: 'https://gmail.googleapis.com',
      gmailTokenUrl: 'https://oauth2.googleapis.com/token',
      googleClient: undefined,
      googleAuthorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
      googleRevokeUrl: 'https://oauth2.googleapis.com/revoke',
      hubspotUrl: 'http://127.0.0.1:4002',
      hubspotUpstream: 'https://api.hubapi.com',
      hubspotClient: undefined,
      hubspotAuthorizeUrl: 'https://app.hubspot.com/oauth/authorize',
      stripeUrl: 'http://127.0.0.1:4003',
      stripeUpstream: 'https://api.stripe.com',
      dpopNonceRequired: false,
      accessTokenSecondsMax: 3600,
      masterKey: undefined,
      mail: undefined,
      webhook: undefined,
    })
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('takes an empty variable for an absent one', () => {
    expect(loadConfig({ DATABASE_URL: '', REMIT_DATA: '' }).dataDir).toBe('.remit')
  })

  it('moves the public addresses with the ports', () => {
    const config = loadConfig({ REMIT_AUTHORITY_PORT: '5000', REMIT_GMAIL_PORT: '5001' })
    expect([config.issuer, config.gmailUrl]).toEqual([
      'http://127.0.0.1:5000',
      'http://127.0.0.1:5001',
    ])
  })

  it('asks the upstream for access tokens when that is not Google', () => {
    const upstream = { REMIT_GMAIL_UPSTREAM: 'http://127.0.0.1:9' }
    expect(loadConfig(upstream).gmailTokenUrl).toBe('http://127.0.0.1:9/token')
    const both = { ...upstream, REMIT_GMAIL_TOKEN_URL: 'http://127.0.0.1:8/oauth' }
    expect(loadConfig(both).gmailTokenUrl).toBe('http://127.0.0.1:8/oauth')
  })

  it('sends a buyer to the upstream for her consent when that is a stand-in', () => {
    const config = loadConfig({
      REMIT_GMAIL_UPSTREAM: 'http://127.0.0.1:9',
      REMIT_HUBSPOT_UPSTREAM: 'http://127.0.0.1:8',
      REMIT_GOOGLE_REVOKE_URL: 'http://127.0.0.1:7/end',
    })
    expect([config.googleAuthorizeUrl, config.googleRevokeUrl, config.hubspotAuthorizeUrl]).toEqual(
      [
        'http://127.0.0.1:9/o/oauth2/v2/auth',
        'http://127.0.0.1:7/end',
        'http://127.0.0.1:8/oauth/authorize',
      ],
    )
  })

  it('takes a client at a provider whole or not at all, and shows its secret nowhere', () => {
    const id = { REMIT_GOOGLE_CLIENT_ID: '480912-x.apps.googleusercontent.com' }
    expect(refusal(id)).toContain('REMIT_GOOGLE_CLIENT_SECRET')
    expect(refusal({ REMIT_HUBSPOT_CLIENT_SECRET: 'x' })).toContain('REMIT_HUBSPOT_CLIENT_ID')
    expect(refusal({ ...id, REMIT_GOOGLE_CLIENT_SECRET: 'two words' })).not.toContain('two words')
    const config = loadConfig({ ...id, REMIT_GOOGLE_CLIENT_SECRET: 'GOCSPX-a-secret' })
    expect(config.googleClient?.secret.reveal()).toBe('GOCSPX-a-secret')
    expect(inspect(config, { depth: 5 }) + JSON.stringify(config)).not.toContain('GOCSPX-a-secret')
  })

  it('refuses a name that it does not know, and says which one was meant', () => {
    expect(refusal({ REMIT_ISUER: 'https://x.example' })).toContain('did you mean `REMIT_ISSUER`')
    expect(refusal({ REMIT_SOMETHING_ELSE: '1' })).toContain('`REMIT_SOMETHING_ELSE` is no setting')
    expect(() => loadConfig({ REMITTANCE: '1', OTHER: '2' })).not.toThrow()
  })

  it.each([
    ['REMIT_GMAIL_PORT', '70000'],
    ['REMIT_GMAIL_PORT', 'http'],
    ['REMIT_ROLES', 'authority,admin'],
    ['REMIT_TOKEN_SECONDS_MAX', '59'],
    ['REMIT_TOKEN_SECONDS_MAX', '86401'],
    ['REMIT_TOKEN_SECONDS_MAX', '10m'],
    ['REMIT_ISSUER', 'remit.example'],
    ['REMIT_ISSUER', 'https://remit.example/path'],
    ['REMIT_ISSUER', 'https://user@remit.example'],
    ['REMIT_GMAIL_UPSTREAM', 'ftp://gmail.example'],
    ['REMIT_GMAIL_TOKEN_URL', 'javascript:alert(1)'],
    ['REMIT_MASTER_KEY', 'changeme'],
    ['REMIT_MASTER_KEY', 'A'.repeat(43)],
    ['DATABASE_URL', 'mysql://x/y'],
  ])('refuses %s=%s and names the setting', (name, value) => {
    expect(refusal({ [name]: value })).toContain(name)
  })

  it('lists everything that is wrong at once', () => {
    const message = refusal({ REMIT_GMAIL_PORT: 'x', REMIT_ROLES: 'y' })
    expect(message).toContain('REMIT_GMAIL_PORT')
    expect(message).toContain('REMIT_ROLES')
  })

  it.each([key.toString('base64'), key.toString('base64url'), key.toString('hex')])(
    'reads a master key in base64, base64url or hex',
    (text) => {
      expect(Buffer.from(loadConfig({ REMIT_MASTER_KEY: text }).masterKey ?? []).equals(key)).toBe(
        true,
      )
    },
  )

  it('needs an address when the system chooses the port', () => {
    expect(refusal({ REMIT_AUTHORITY_PORT: '0' })).toContain('REMIT_ISSUER')
    expect(refusal({ REMIT_GMAIL_PORT: '0' })).toContain('REMIT_GMAIL_URL')
  })

  it('never prints a secret', () => {
    const config = loadConfig(production)
    const printed = `${inspect(config, { depth: 9 })}${JSON.stringify(config)}${String(config.databaseUrl)}`
    expect(printed).not.toContain('secret')
    expect(printed).not.toContain(key.toString('utf8'))
    expect(printed).not.toContain(String(key[0]) + ',')
    expect(config.databaseUrl?.reveal()).toBe(production.DATABASE_URL)
  })

  it('does not repeat a master key that it cannot read', () => {
    expect(refusal({ REMIT_MASTER_KEY: 'almost-a-secret' })).not.toContain('almost')
  })
})

describe('the configuration in production', () => {
  it('is accepted when it is complete', () => {
    expect(loadConfig(production).production).toBe(true)
  })

  it.each(['DATABASE_URL', 'REMIT_MASTER_KEY'])('needs %s', (name) => {
    expect(refusal({ ...production, [name]: '' })).toContain(name)
  })

  it.each(['REMIT_ISSUER', 'REMIT_GMAIL_URL', 'REMIT_GMAIL_UPSTREAM', 'REMIT_GMAIL_TOKEN_URL'])(
    'needs https for %s unless it is this machine',
    (name) => {
      expect(refusal({ ...production, [name]: 'http://remit.example' })).toContain(name)
      expect(() => loadConfig({ ...production, [name]: 'http://127.0.0.1:4000' })).not.toThrow()
    },
  )
})
