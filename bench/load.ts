import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cpuNanoseconds } from './process-tree.ts'

export interface Target {
  readonly name: string
  /** the processes whose processor time counts */
  readonly pids: readonly number[]
  readonly url: string
  readonly authorization: string | undefined
}

export interface Load {
  readonly method: 'GET' | 'POST'
  readonly body?: string
  readonly seconds: number
  readonly connections: number
}

export interface Sample {
  readonly requestsPerSecond: number
  readonly cpuMicroseconds: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
}

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'remit-bench-'))

/** one bounded run of wrk on processor 1; an answer that is not 200 spoils the run and is an error */
export async function measure(target: Target, load: Load): Promise<Sample> {
  const script = join(folder, 'load.lua')
  writeFileSync(script, luaScript(target, load))
  const spent = (): bigint => target.pids.reduce((sum, pid) => sum + cpuNanoseconds(pid), 0n)
  const before = spent()
  const { stdout } = await run(
    'taskset',
    [
      '-c',
      '1',
      'wrk',
      '-t1',
      `-c${load.connections}`,
      `-d${load.seconds}s`,
      '-s',
      script,
      target.url,
    ],
    { maxBuffer: 1 << 20 },
  )
  const cpu = spent() - before
  const result = /RESULT (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(stdout)
  if (!result) throw new Error(`wrk said nothing readable about ${target.name}: ${stdout}`)
  const [requests = 0, microseconds = 1, p50 = 0, p99 = 0, errors = 0] = result.slice(1).map(Number)
  if (errors > 0)
    throw new Error(`${target.name} answered ${errors} of ${requests} requests wrongly`)
  return {
    requestsPerSecond: requests / (microseconds / 1e6),
    cpuMicroseconds: Number(cpu) / 1000 / requests,
    p50Milliseconds: p50 / 1000,
    p99Milliseconds: p99 / 1000,
  }
}

function luaScript(target: Target, load: Load): string {
  const lines = [`wrk.method = "${load.method}"`]
  if (target.authorization !== undefined) {
    lines.push(`wrk.headers["Authorization"] = "${target.authorization}"`)
  }
  if (load.body !== undefined) {
    lines.push(
      `wrk.headers["Content-Type"] = "application/json"`,
      `wrk.body = [==[${load.body}]==]`,
    )
  }
  lines.push(
    'done = function(summary, latency, requests)',
    '  local e = summary.errors',
    '  local bad = e.connect + e.read + e.write + e.status + e.timeout',
    '  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,',
    '    latency:percentile(50), latency:percentile(99), bad))',
    'end',
  )
  return lines.join('\n')
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
