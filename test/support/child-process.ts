import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface RunningProcess {
  readonly pid: number
  /** its standard output */
  readonly lines: AsyncIterable<string>
  readonly exited: Promise<number | null>
  /** its standard error so far */
  errors(): string
  kill(signal: NodeJS.Signals): void
}

/** a script of test/support/processes in a process of its own */
export function startProcess(script: string, args: readonly string[]): RunningProcess {
  const path = join(import.meta.dirname, 'processes', script)
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk))
  return {
    pid: child.pid ?? -1,
    lines: createInterface({ input: child.stdout }),
    exited: new Promise((done) => child.on('close', done)),
    errors: () => errors,
    kill: (signal) => void child.kill(signal),
  }
}
