import { connectDatabaseSocket } from '../../../server/database/socket.ts'

/** writes inside a transaction over a running server's socket, says so, and never commits */
const [path = ''] = process.argv.slice(2)
const open = await connectDatabaseSocket(path)
const trx = await open.db.startTransaction().execute()
await trx
  .insertInto('buyers')
  .values({ id: 'b_ghost', email: 'ghost@b.example', password_hash: 'x' })
  .execute()
process.stdout.write('written\n')
setInterval(() => undefined, 1_000)
