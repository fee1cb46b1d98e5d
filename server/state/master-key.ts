import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, type Config } from '../config.ts'
import { SecretBytes } from '../secret.ts'

const BYTES = 32

/** the key that seals everything: from the settings, else from the data directory, where a fresh machine makes one */
export async function loadMasterKey(
  config: Pick<Config, 'masterKey' | 'dataDir' | 'production'>,
): Promise<SecretBytes> {
  if (config.masterKey !== undefined) return config.masterKey
  if (config.production) throw new ConfigError('REMIT_MASTER_KEY is required in production')
  const path = join(config.dataDir, 'master.key')
  return (await readMasterKeyFile(path)) ?? (await createKey(config.dataDir, path))
}

/** undefined: there is no such file */
export async function readMasterKeyFile(path: string): Promise<SecretBytes | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  if ((found.mode & 0o077) !== 0) {
    throw new ConfigError(
      `\`${path}\` can be read by others: \`chmod 600 ${path}\`, and think about who did`,
    )
  }
  const key = parseMasterKey(await readFile(path, 'utf8'))
  if (key === undefined) throw new ConfigError(`\`${path}\` does not hold a key of ${BYTES} bytes`)
  return key
}

/** in hex, base64 or base64url, as the setting takes it */
function parseMasterKey(text: string): SecretBytes | undefined {
  const trimmed = text.trim()
  const bytes = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64')
  return bytes.length === BYTES ? new SecretBytes(bytes) : undefined
}

/** linked into place complete and synced: of two processes that start at once both use the same key */
async function createKey(directory: string, path: string): Promise<SecretBytes> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  try {
    await writeDurably(draft, `${randomBytes(BYTES).toString('base64url')}\n`)
    await link(draft, path).catch(ignoreExisting)
  } finally {
    await rm(draft, { force: true })
  }
  await syncDirectory(directory)
  const key = await readMasterKeyFile(path)
  if (key === undefined)
    throw new ConfigError(`\`${path}\` disappeared while it was made: start again`)
  return key
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r')
  await directory.sync()
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}
