import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Asset {
  /** holds a hash of the content, so that it may be cached for ever */
  readonly path: string
  readonly type: string
  readonly content: Buffer
}

export const stylesheet: Asset = load('console.css', 'text/css; charset=utf-8')
export const icon: Asset = load('icon.svg', 'image/svg+xml')
/** the scripts of the console, one page each, which works without it */
export const liveScript: Asset = load('approvals-live.js', 'text/javascript; charset=utf-8')
export const activityScript: Asset = load('activity-live.js', 'text/javascript; charset=utf-8')

export const assets: ReadonlyMap<string, Asset> = new Map(
  [stylesheet, icon, liveScript, activityScript].map((asset) => [asset.path, asset]),
)

function load(file: string, type: string): Asset {
  const content = readFileSync(new URL(file, import.meta.url))
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 16)
  const [name, extension] = file.split('.')
  return { path: `/assets/${name}-${hash}.${extension}`, type, content }
}
