import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT: string = join(import.meta.dirname, '..', '..')
export const BIN: string = join(ROOT, 'node_modules', '.bin')
const runFile = promisify(execFile)

export interface Packed extends AsyncDisposable {
  readonly tarball: string
  /** a project of somebody else's, with the package and nothing of ours installed */
  readonly project: string
}

/** `npm pack`, and the tarball installed into an empty project */
export async function packSdk(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'remit-sdk-'))
  await runFile('npm', ['pack', '--pack-destination', folder], { cwd: join(ROOT, 'sdk') })
  const [name = ''] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'))
  const tarball = join(folder, name)
  await writeFile(join(folder, 'package.json'), '{"name":"agent","private":true,"type":"module"}')
  await install(folder, [tarball])
  return {
    tarball,
    project: folder,
    [Symbol.asyncDispose]: async () => rm(folder, { recursive: true, force: true }),
  }
}

export async function install(project: string, packages: readonly string[]): Promise<void> {
  await runFile(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...packages],
    { cwd: project },
  )
}

/** the exit code, and everything that was said */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr })
    })
  })
}
