import { createBuyer, BuyerError } from '../console/buyers.ts'
import { CommandError, parseArguments, UsageError, type Command } from './command.ts'
import { withDatabase } from './with-database.ts'

export const buyerCommand: Command = {
  name: 'buyer',
  usage: 'buyer add <email> [--password-stdin] [--json]',
  summary: 'creates a buyer; without a password, one is made and shown once',
  async run(args, context) {
    const { positionals, flag } = parseArguments(args, {
      'password-stdin': { type: 'boolean' },
      json: { type: 'boolean' },
    })
    const [verb, email] = positionals
    if (verb !== 'add' || email === undefined || positionals.length > 2) {
      throw new UsageError('say whom to add')
    }
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
  },
}
