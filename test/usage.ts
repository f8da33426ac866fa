/**
 * What a member's processes use, for people who read a benchmark.
 * @module
 */
import { readFileSync } from 'node:fs'

/** A member's processes. */
interface Processes {
  readonly name: string
  readonly pid: number | null
  readonly cometbftPid: number | null
}

/** Processor time and resident memory of a member's processes, a line each; of none that has ended. Linux only. */
export function usageOf({ name, pid, cometbftPid }: Processes): string[] {
  return [
    ['node', pid],
    ['cometbft', cometbftPid],
  ].flatMap(([what, id]) => {
    try {
      const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      const memory = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]
      const seconds = (Number(fields[11]) + Number(fields[12])) / 100
      return [`${name} ${what}: ${seconds.toFixed(0)} s of processor, ${Math.round(Number(memory) / 1024)} MiB`]
    } catch {
      // It has ended.
      return []
    }
  })
}
