import { createBuyer, BuyerError, findBuyer, toEmail } from '../console/buyers.ts'
import { createWelcomeLink, WELCOME_LINK_HOURS } from '../console/people/welcome-links.ts'
import { requireBuyer } from './find-buyer.ts'
import {
  CommandError,
  parseArguments,
  UsageError,
  type Command,
  type CommandContext,
  type ParsedArguments,
} from './command.ts'
import { withDatabase, type CommandDatabase } from './with-database.ts'

export const buyerCommand: Command = {
  name: 'buyer',
  usage: 'buyer add <email> [--link | --password-stdin] [--json] | buyer recover <email> [--json]',
  summary: 'creates a buyer, or a one-time link for one; recovers one who cannot sign in',
  async run(args, context) {
    const parsed = parseArguments(args, {
      'password-stdin': { type: 'boolean' },
      link: { type: 'boolean' },
      json: { type: 'boolean' },
    })
    const [verb, email, ...more] = parsed.positionals
    if ((verb !== 'add' && verb !== 'recover') || email === undefined || more.length > 0) {
      throw new UsageError('say whom to add or to recover')
    }
    if (parsed.flag('password-stdin') && (verb === 'recover' || parsed.flag('link'))) {
      throw new UsageError('who gets a link chooses the password herself: leave it out')
    }
    if (verb === 'recover') return recover(email, parsed, context)
    return parsed.flag('link') ? invite(email, parsed, context) : add(email, parsed, context)
  },
}

async function add(
  email: string,
  { flag }: ParsedArguments,
  context: CommandContext,
): Promise<number> {
  const password = flag('password-stdin') ? (await context.readInput()).trimEnd() : undefined
  return withDatabase(context, async ({ config, database }) => {
    const buyer = await createBuyer(database.db, email, password).catch((error: unknown) => {
      throw error instanceof BuyerError ? new CommandError(error.message) : error
    })
    if (flag('json')) {
      context.print(
        JSON.stringify({ id: buyer.id, email: buyer.email, password: buyer.generatedPassword }),
      )
      return 0
    }
    context.print(`buyer ${buyer.email} (${buyer.id})`)
    if (buyer.generatedPassword !== undefined) {
      context.print(`password ${buyer.generatedPassword}`)
      context.note('the password is shown this once and stored nowhere')
    }
    context.note(`sign in at ${config.issuer}/`)
    return 0
  })
}

/** a further buyer, who makes her account herself */
async function invite(
  typed: string,
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<number> {
  const email = toEmail(typed)
  if (email === undefined) throw new CommandError(`\`${typed}\` is not an e-mail address`)
  return withDatabase(context, async ({ config, database }) => {
    if (await findBuyer(database.db, email)) {
      throw new CommandError(
        `a buyer with the address ${email} exists already: remit buyer recover ${email}`,
      )
    }
    const link = await createWelcomeLink(database.db, config.issuer, { for: 'further', email })
    return printLink(link, email, parsed, context)
  })
}

async function recover(
  typed: string,
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<number> {
  return withDatabase(context, async ({ config, database }: CommandDatabase) => {
    const buyerId = await requireBuyer(database.db, typed)
    const email = toEmail(typed) ?? typed
    const purpose = { for: 'recovery', buyerId, email } as const
    const link = await createWelcomeLink(database.db, config.issuer, purpose)
    return printLink(link, email, parsed, context)
  })
}

function printLink(
  link: string,
  email: string,
  { flag }: ParsedArguments,
  { print, note }: CommandContext,
): number {
  print(flag('json') ? JSON.stringify({ email, link }) : link)
  note(
    `the link works once and for ${WELCOME_LINK_HOURS} hours; whoever opens it is ${email}: send it so that nobody else reads it`,
  )
  return 0
}
