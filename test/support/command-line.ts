import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')
/** a line starts a process, and most of what that takes is reading the sources anew */
const COMPILED = join(ROOT, 'node_modules', '.cache', 'remit', 'compiled')

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** one program of the repository, as a person starts it; a person's environment holds no setting of ours */
export async function run(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Finished> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(ROOT, file), ...args],
    {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        NODE_COMPILE_CACHE: COMPILED,
        ...env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  const read = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (read.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (read.stderr += chunk.toString()))
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...read }
}

export async function remit(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input?: string,
): Promise<Finished> {
  return run('server/main.ts', args, env, input)
}

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'remit-test-'))
  return {
    path,
    [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }),
  }
}
