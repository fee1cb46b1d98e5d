import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Asset {
  /** holds a hash of the content, so that it may be cached for ever */
  readonly path: string
  readonly type: string
  readonly content: Buffer
}

const CSS = 'text/css; charset=utf-8'
const JAVASCRIPT = 'text/javascript; charset=utf-8'

/** one file for the browser, one for each room here; a later one may lean on what an earlier one says */
const styles = ['base', 'grants', 'connections', 'people', 'consent', 'developers']

export const stylesheet: Asset = toAsset(
  'console.css',
  CSS,
  Buffer.concat(styles.map((name) => read(`styles/${name}.css`))),
)
export const icon: Asset = load('icon.svg', 'image/svg+xml')
/** the scripts of the console, one page each, which works without it */
export const liveScript: Asset = load('approvals-live.js', JAVASCRIPT)
export const activityScript: Asset = load('activity-live.js', JAVASCRIPT)
export const signInScript: Asset = load('sign-in.js', JAVASCRIPT)

export const assets: ReadonlyMap<string, Asset> = new Map(
  [stylesheet, icon, liveScript, activityScript, signInScript].map((asset) => [asset.path, asset]),
)

function load(file: string, type: string): Asset {
  return toAsset(file, type, read(file))
}

function read(file: string): Buffer {
  return readFileSync(new URL(file, import.meta.url))
}

function toAsset(file: string, type: string, content: Buffer): Asset {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 16)
  const [name, extension] = file.split('.')
  return { path: `/assets/${name}-${hash}.${extension}`, type, content }
}
