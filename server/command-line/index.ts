import { CapabilityError } from '../../capabilities/index.ts'
import { ConnectionError } from '../../adapters/ports.ts'
import { ConfigError } from '../config.ts'
import { CommandError, UsageError, type Command, type CommandContext } from './command.ts'
import { approvalsCommand } from './approvals.ts'
import { buyerCommand } from './buyer.ts'
import { connectCommand } from './connect.ts'
import { demoCommand } from './demo.ts'
import { grantCommand } from './grant.ts'
import { healthCommand } from './health.ts'
import { keysCommand } from './keys.ts'
import { migrateCommand } from './migrate.ts'
import { pauseCommand } from './pause.ts'
import { resumeCommand } from './resume.ts'
import { revokeCommand } from './revoke.ts'
import { serveCommand } from './serve.ts'
import { tokenCommand } from './token.ts'

const COMMANDS: readonly Command[] = [
  serveCommand,
  demoCommand,
  migrateCommand,
  buyerCommand,
  connectCommand,
  grantCommand,
  tokenCommand,
  pauseCommand,
  resumeCommand,
  revokeCommand,
  approvalsCommand,
  keysCommand,
  healthCommand,
]

/** runs one command line; every failure becomes a line on stderr and a non-zero exit code */
export async function runCommand(
  argv: readonly string[],
  context: CommandContext,
): Promise<number> {
  const [name, ...args] = argv
  if (name === undefined || name === 'help' || name === '--help') return help(context)
  const command = COMMANDS.find((c) => c.name === name)
  if (!command) {
    context.note(`remit: \`${name}\` is no command; \`remit help\` lists them`)
    return 2
  }
  if (args.includes('--help')) {
    context.print(`usage: remit ${command.usage}\n\n${command.summary}`)
    return 0
  }
  try {
    return await command.run(args, context)
  } catch (error) {
    return report(error, command, context)
  }
}

function help(context: CommandContext): number {
  context.print('usage: remit <command> [options]\n')
  const width = Math.max(...COMMANDS.map((c) => c.name.length))
  for (const c of COMMANDS) context.print(`  ${c.name.padEnd(width)}  ${c.summary}`)
  context.print('\n`remit <command> --help` shows what a command takes')
  return 0
}

function report(error: unknown, command: Command, context: CommandContext): number {
  if (error instanceof UsageError) {
    context.note(`remit ${command.name}: ${error.message}`)
    context.note(`usage: remit ${command.usage}`)
    return 2
  }
  if (isExpected(error)) {
    context.note(`remit ${command.name}: ${error.message}`)
    return 1
  }
  // a bug or a broken dependency: the operator gets the trace, an agent never sees this stream
  context.note(
    `remit ${command.name}: ${error instanceof Error ? (error.stack ?? error.message) : 'failed'}`,
  )
  return 1
}

function isExpected(error: unknown): error is Error {
  return (
    error instanceof CommandError ||
    error instanceof CapabilityError ||
    error instanceof ConnectionError ||
    error instanceof ConfigError
  )
}
