import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './sdk-reference/program.ts'
import { readSdk } from './sdk-reference/read.ts'
import { renderReference } from './sdk-reference/render.ts'

// `npm run docs:sdk`: the page is committed, and a test holds it against the comments
const path = join(ROOT, 'docs', 'sdk.md')
writeFileSync(path, await renderReference(readSdk(), path))
