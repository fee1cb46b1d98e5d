import { join } from 'node:path'
import { NAMES } from './names.ts'
import { ROOT, withProject } from './program.ts'
import { listEntryPoints, type Sdk } from './read.ts'

export interface Example {
  readonly of: string
  readonly code: string
}

/** every example of a doc comment, by whose it is */
export function listExamples({ exports }: Sdk): Example[] {
  return exports.flatMap(({ name, comment, members }) =>
    [{ name: '', comment }, ...members].flatMap((one) =>
      one.comment.examples.map((code) => ({
        of: one.name === '' ? name : `${name}.${one.name}`,
        code,
      })),
    ),
  )
}

const FOLDER = join(ROOT, 'sdk', 'examples-of-the-reference')
const CONFIG = join(FOLDER, 'tsconfig.json')
const GIVEN = join(FOLDER, 'given.ts')

/** what the compiler has to say about the examples, as `remit: Cannot find name 'x'`; nothing is written to the disk */
export function checkExamples(sdk: Sdk, examples: readonly Example[]): string[] {
  const files = Object.fromEntries(
    examples.map(({ code }, index) => [
      join(FOLDER, `example-${index}.ts`),
      `${importsFor(sdk, code)}\n${code}\nexport {}\n`,
    ]),
  )
  const overlay = {
    ...files,
    [GIVEN]: given(),
    [CONFIG]: JSON.stringify(configFor(Object.keys(files))),
  }
  return withProject(CONFIG, overlay, ({ program }) =>
    [GIVEN, ...Object.keys(files)].flatMap((file, index) =>
      [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
        ({ text }) => `${examples[index - 1]?.of ?? 'what is given'}: ${text}`,
      ),
    ),
  )
}

/** globals, so that an example may have a name of its own that is the same */
function given(): string {
  const names = NAMES.map(({ name, type }) => `const ${name}: ${type}`)
  return `declare global {\n${names.join('\n')}\n}\nexport {}\n`
}

function configFor(files: readonly string[]): object {
  return {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      isolatedDeclarations: false,
      declaration: false,
      noUnusedLocals: false,
      paths: Object.fromEntries(listEntryPoints().map(({ name, file }) => [name, [file]])),
    },
    files: [GIVEN, ...files],
    include: [],
    exclude: [],
  }
}

/** the names of the package that the example uses and neither imports nor declares */
function importsFor({ exports }: Sdk, code: string): string {
  const own = new Set(
    [...code.matchAll(/(?:import|const|let) (\w+)|const \[(\w+)|import \{([^}]*)\}/g)]
      .flatMap(([, ...names]) => names)
      .flatMap((names: string | undefined) => names?.match(/\w+/g) ?? []),
  )
  return exports
    .filter(({ name }) => !own.has(name) && new RegExp(`(?<![.'\\w])${name}\\b`).test(code))
    .map(({ name, kind, entryPoints: [from = ''] }) => {
      const isValue = kind === 'function' || kind === 'class'
      return `import ${isValue ? '' : 'type '}{ ${name} } from '${from}'`
    })
    .join('\n')
}
