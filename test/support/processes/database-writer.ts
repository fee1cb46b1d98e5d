import { openDatabase } from '../../../server/database/open.ts'

/** writes one row after the other into the data directory and prints each number once the database has acknowledged it */
const [dataDir = ''] = process.argv.slice(2)
await using open = await openDatabase({ dataDir })
for (let id = 0; ; id += 1) {
  const row = { id: String(id), email: `${id}@b.example`, password_hash: 'x'.repeat(500) }
  await open.db.insertInto('buyers').values(row).execute()
  process.stdout.write(`${id}\n`)
}
