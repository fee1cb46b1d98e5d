import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'

/** a process pinned to one processor; its children inherit the pin */
export function spawnPinned(
  cpu: number,
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  return spawn('taskset', ['-c', String(cpu), command, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...options,
  })
}

export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

/** nanoseconds on a processor of every thread of the process and its descendants (schedstat, field 1) */
export function cpuNanoseconds(root: number): bigint {
  let total = 0n
  for (const pid of descendants(root)) {
    for (const task of list(`/proc/${pid}/task`)) {
      const stat = read(`/proc/${pid}/task/${task}/schedstat`)
      if (stat !== undefined) total += BigInt(stat.split(' ')[0] ?? '0')
    }
  }
  return total
}

/** resident kilobytes of the process and its descendants */
export function residentKilobytes(root: number): number {
  let total = 0
  for (const pid of descendants(root)) {
    total += Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0)
  }
  return total
}

function descendants(root: number): number[] {
  const found = [root]
  for (let i = 0; i < found.length; i += 1) {
    for (const task of list(`/proc/${found[i]}/task`)) {
      const children = read(`/proc/${found[i]}/task/${task}/children`) ?? ''
      for (const pid of children.split(' ').filter(Boolean)) found.push(Number(pid))
    }
  }
  return found
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
