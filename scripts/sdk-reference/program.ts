import { join } from 'node:path'
import { API, type Project } from 'typescript/unstable/sync'

export const ROOT: string = join(import.meta.dirname, '..', '..')

/** path -> text: files that are not there, or other words for files that are */
export type Overlay = Readonly<Record<string, string>>

/** asks the compiler about one project. Its interface calls itself unstable: the version of the compiler is pinned */
export function withProject<T>(config: string, overlay: Overlay, read: (project: Project) => T): T {
  const api = new API({
    cwd: ROOT,
    fs: {
      readFile: (path) => overlay[path],
      // undefined: as it is on the disk
      fileExists: (path) => (path in overlay ? true : undefined),
    },
  })
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
    if (project === undefined) throw new Error(`no project at ${config}`)
    return read(project)
  } finally {
    api.close()
  }
}
