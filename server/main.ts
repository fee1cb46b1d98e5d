import { text } from 'node:stream/consumers'
import { runCommand } from './command-line/index.ts'

/** the only file that reads the environment, the signals and the standard streams */
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // the second signal means it: the operator does not want to wait for the drain
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  })
}

process.exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  readInput: async () => text(process.stdin),
  stop: stop.signal,
})
