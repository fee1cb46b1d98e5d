import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SecretBytes } from '../../../server/secret.ts'
import { loadMasterKey } from '../../../server/state/master-key.ts'
import { makeEmptyDirectory } from '../../support/data-directory.ts'

describe('the master key', () => {
  it('is made once on a fresh machine, for its owner only', async () => {
    await using directory = await makeEmptyDirectory()
    const config = {
      masterKey: undefined,
      dataDir: join(directory.path, 'data'),
      production: false,
    }
    const made = await Promise.all([
      loadMasterKey(config),
      loadMasterKey(config),
      loadMasterKey(config),
    ])
    const again = await loadMasterKey(config)
    for (const key of made) expect(Buffer.from(key)).toEqual(Buffer.from(again))
    expect(again).toHaveLength(32)
    expect((await stat(join(config.dataDir, 'master.key'))).mode & 0o777).toBe(0o600)
    expect(await readdir(config.dataDir)).toEqual(['master.key'])
    expect(await readFile(join(config.dataDir, 'master.key'), 'utf8')).toMatch(/^[\w-]{43}\n$/)
  })

  it('comes from the settings when it stands there, and nothing is written', async () => {
    await using directory = await makeEmptyDirectory()
    const masterKey = new SecretBytes(randomBytes(32))
    expect(await loadMasterKey({ masterKey, dataDir: directory.path, production: true })).toBe(
      masterKey,
    )
    expect(await readdir(directory.path)).toEqual([])
  })

  it('is never made up in production', async () => {
    await using directory = await makeEmptyDirectory()
    const config = { masterKey: undefined, dataDir: directory.path, production: true }
    await expect(loadMasterKey(config)).rejects.toMatchObject({ code: 'invalid_config' })
    expect(await readdir(directory.path)).toEqual([])
  })

  it('is refused when others can read it, or when it is cut short', async () => {
    await using directory = await makeEmptyDirectory()
    const config = { masterKey: undefined, dataDir: directory.path, production: false }
    const path = join(directory.path, 'master.key')
    await writeFile(path, 'c2hvcnQ\n', { mode: 0o600 })
    await expect(loadMasterKey(config)).rejects.toThrow(/does not hold a key/)
    await writeFile(path, randomBytes(32).toString('base64url'))
    await chmod(path, 0o640)
    await expect(loadMasterKey(config)).rejects.toThrow(/can be read by others/)
  })
})
