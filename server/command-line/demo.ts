import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CommandError, type Command } from './command.ts'

const STORY = fileURLToPath(new URL('../../examples/story/run.ts', import.meta.url))

/** The story drives the server from outside, as its own process: a server never imports an example. */
export const demoCommand: Command = {
  name: 'demo',
  usage: 'demo [--stay]',
  summary: 'plays the whole story against a Gmail stand-in; --stay leaves it running',
  async run(args, context) {
    if (!existsSync(STORY)) {
      throw new CommandError('the demo needs the source tree with its development packages')
    }
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', STORY, ...args],
      { stdio: 'inherit', env: { ...context.env } },
    )
    const end = (): void => void child.kill('SIGTERM')
    context.stop.addEventListener('abort', end, { once: true })
    return new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => {
        context.stop.removeEventListener('abort', end)
        resolve(code ?? 1)
      })
    })
  },
}
