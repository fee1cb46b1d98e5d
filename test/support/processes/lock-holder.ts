import { lockDirectory } from '../../../server/database/directory-lock.ts'

/** takes the lock of a directory and keeps it until it is killed */
const [path = ''] = process.argv.slice(2)
await lockDirectory(path)
process.stdout.write('locked\n')
setInterval(() => undefined, 1_000)
