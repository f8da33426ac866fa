/**
 * What a local network left running because its program was killed: found by command lines that name its folder, and ended
 * before the next start. Linux only; elsewhere a port that is taken says that something runs.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, relative, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { litewitnessPrograms } from './litewitness.ts'
import { program } from './process.ts'

/** Longest wait until processes that were told to end, and then until those that were killed, have ended, milliseconds. */
const endTimeoutMs = 30_000

/** Between two looks whether it has, milliseconds. */
const lookEveryMs = 50

/** Outside programs that a local network runs with paths of its folder. PostgreSQL ends by itself. */
const programs: readonly string[] = ['cometbft', ...litewitnessPrograms]

/** A process that still runs. */
interface Leftover {
  readonly pid: number
  /** The member, or other part of the network, to which it belongs. */
  readonly name: string
}

/** Ends what runs with paths of a folder, and says so; the network's own program must not run. @throws {Error} when it does not end */
export async function endLeftovers(folder: string, say: (text: string) => void): Promise<void> {
  const found = findLeftovers(folder)
  if (found.length === 0) return
  const names = found.map(({ pid, name }) => `${name} (process ${pid})`).join(', ')
  say(`The local network in this folder was killed, and left running: ${names}. They are ended now.`)
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    for (const { pid } of findLeftovers(folder)) signal(pid, name)
    const end = performance.now() + endTimeoutMs
    while (performance.now() < end) {
      if (findLeftovers(folder).length === 0) return
      await sleep(lookEveryMs)
    }
  }
  throw new Error(`They do not end: ${names}`)
}

function findLeftovers(folder: string): Leftover[] {
  return processIds().flatMap((pid) => {
    const words = commandLine(pid)
    const path = words.map((word) => word.slice(word.indexOf('=') + 1)).find((word) => word.startsWith(folder + sep))
    // Other commands over its folders, `jurat fsck` say, are somebody's own.
    const isOwn = programs.includes(basename(words[0] ?? '')) || (words[1] === program && words[2] === 'start')
    return path === undefined || !isOwn ? [] : [{ pid, name: relative(folder, path).split(sep)[0] ?? '' }]
  })
}

/** None on a system that does not show them in /proc. */
function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** Empty for one that has ended. */
function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It has just ended; one of another user stays, and the ports say so.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
