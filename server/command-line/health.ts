import { loadConfig, type Config } from '../config.ts'
import { parseArguments, type Command } from './command.ts'

const TIMEOUT_MS = 2_500

/** what the container image's HEALTHCHECK runs: the roles of this configuration, on this machine */
export const healthCommand: Command = {
  name: 'health',
  usage: 'health',
  summary: 'asks every role of this configuration whether it is ready',
  async run(args, context) {
    parseArguments(args, {})
    const answers = await Promise.all(addresses(loadConfig(context.env)).map(ask))
    for (const { role, url, state } of answers) context.print(`${role}  ${url}  ${state}`)
    return answers.every(({ state }) => state === 'ready') ? 0 : 1
  },
}

function addresses(config: Config): { role: string; url: string }[] {
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host
  const ports = {
    authority: config.authorityPort,
    gmail: config.gmailPort,
    hubspot: config.hubspotPort,
    stripe: config.stripePort,
  }
  return config.roles.map((role) => ({ role, url: `http://${host}:${ports[role]}/readyz` }))
}

async function ask({
  role,
  url,
}: {
  role: string
  url: string
}): Promise<{ role: string; url: string; state: string }> {
  const state = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    (response) => (response.ok ? 'ready' : `not ready (${response.status})`),
    () => 'does not answer',
  )
  return { role, url, state }
}
