import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findLockOwner, lockDirectory } from '../../../server/database/directory-lock.ts'
import { startProcess, type RunningProcess } from '../../support/child-process.ts'
import { makeEmptyDirectory } from '../../support/data-directory.ts'

describe('the lock of a data directory', () => {
  it('is held by one, and free again after its release', async () => {
    await using directory = await makeEmptyDirectory()
    const lock = await lockDirectory(directory.path)
    await expect(lockDirectory(directory.path)).rejects.toMatchObject({
      code: 'directory_locked',
      owner: { pid: process.pid },
    })
    await lock.release()
    await using _second = disposable(await lockDirectory(directory.path))
    expect(await readdir(directory.path)).toEqual(['lock'])
  })

  it('is taken over from a process that was killed', async () => {
    await using directory = await makeEmptyDirectory()
    const child = await startHolder(directory.path)
    expect(await findLockOwner(directory.path)).toMatchObject({ pid: child.pid })
    child.kill('SIGKILL')
    await child.exited
    expect(await findLockOwner(directory.path)).toBeUndefined()
    await using _mine = disposable(await lockDirectory(directory.path))
    expect(await readdir(directory.path)).toEqual(['lock'])
  })

  it('is not taken from a process that lives', async () => {
    await using directory = await makeEmptyDirectory()
    const child = await startHolder(directory.path)
    await expect(lockDirectory(directory.path)).rejects.toThrow(`held by process ${child.pid}`)
    child.kill('SIGKILL')
    await child.exited
  })

  it('tells a process from an earlier one with the same pid', async () => {
    await using directory = await makeEmptyDirectory()
    const path = join(directory.path, 'lock')
    await writeFile(path, JSON.stringify({ pid: process.pid, startedAt: 'another boot/1' }))
    await using _mine = disposable(await lockDirectory(directory.path))
    expect(JSON.parse(await readFile(path, 'utf8'))).not.toMatchObject({
      startedAt: 'another boot/1',
    })
  })

  it('is taken over by one of many', async () => {
    await using directory = await makeEmptyDirectory()
    await writeFile(join(directory.path, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1 }))
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, async () => lockDirectory(directory.path)),
    )
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await readdir(directory.path)).toEqual(['lock'])
  })

  it('is not guessed at: a file that cannot be read stops the start', async () => {
    await using directory = await makeEmptyDirectory()
    await writeFile(join(directory.path, 'lock'), 'half a l')
    await expect(lockDirectory(directory.path)).rejects.toThrow(/is not a lock file/)
  })

  it('names what a crash during a takeover left behind', async () => {
    await using directory = await makeEmptyDirectory()
    await writeFile(join(directory.path, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1 }))
    await mkdir(join(directory.path, 'lock.takeover'))
    await expect(lockDirectory(directory.path)).rejects.toThrow(/lock\.takeover.*remove it/)
  })
})

async function startHolder(path: string): Promise<RunningProcess> {
  const child = startProcess('lock-holder.ts', [path])
  for await (const line of child.lines) if (line === 'locked') break
  return child
}

function disposable(lock: { release(): Promise<void> }): AsyncDisposable {
  return { [Symbol.asyncDispose]: async () => lock.release() }
}
