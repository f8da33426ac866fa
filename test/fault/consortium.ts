/**
 * Kills under load in a consortium of four: the node, its CometBFT or both, at a random member, again and again; nothing that
 * was acknowledged is lost, nothing is signed twice, every folder is clean.
 * `node test/fault/consortium.ts [--rounds N] [--seed S] [--idle SECONDS]`: 20 rounds of each kind by default; `npm test` runs two.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type LocalMember, startLocalNetwork } from '../localNetwork.ts'
import { mulberry32 } from '../seededRandom.ts'
import { assertRightTimeAfterIdle } from './consortiumIdle.ts'
import { ConsortiumJudge, type Judgement } from './consortiumJudge.ts'

/** What is killed. */
const kinds = ['node', 'cometbft', 'both'] as const

/** Longest time under load before a kill and, for a node, before its start, milliseconds. */
const loadMsMax = 1_500

/** Deposits that must be acknowledged between two kills. */
const depositsBetween = 5

/** What a run hit. */
export interface ConsortiumReport extends Judgement {
  readonly kills: Readonly<Record<(typeof kinds)[number], number>>
  /** The longest time from a kill until the member had what the others have, milliseconds. */
  readonly longestReturnMs: number
  readonly idle: Awaited<ReturnType<typeof assertRightTimeAfterIdle>> | null
}

/** What to do. */
interface ConsortiumRun {
  /** Kills of each kind. */
  readonly rounds: number
  readonly seed: number
  /** Length of an idle while at the end; 0 for none. */
  readonly idleMs: number
  /** Told of each kill. */
  readonly say: (text: string) => void
}

/** Kills, and judges everything at the end. */
export async function killMembers({ rounds, seed, idleMs, say }: ConsortiumRun): Promise<ConsortiumReport> {
  const random = mulberry32(seed)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const network = await startLocalNetwork()
  try {
    const judge = new ConsortiumJudge(network)
    const kills = { node: 0, cometbft: 0, both: 0 }
    let longestReturnMs = 0
    await judge.deposited('court')
    for (let round = 0; round < rounds * kinds.length; round++) {
      const kind = kinds[round % kinds.length] ?? 'both'
      const { name } = pick(network.members)
      await judge.until(`both processes of ${name} run`, async () => isRunning(judge.member(name)))
      const { pid, cometbftPid } = judge.member(name)
      judge.startLoad()
      await sleep(random() * loadMsMax)
      const killedAt = performance.now()
      if (kind !== 'node') kill(cometbftPid)
      if (kind !== 'cometbft') kill(pid)
      kills[kind] += 1
      const count = judge.acknowledged.length
      await judge.until('the others go on', async () => judge.acknowledged.length >= count + depositsBetween)
      await sleep(random() * loadMsMax)
      if (kind !== 'cometbft') await network.tell('start', name)
      await judge.stopLoad()
      await judge.even()
      await judge.deposited(name)
      const returnMs = performance.now() - killedAt
      longestReturnMs = Math.max(longestReturnMs, returnMs)
      say(`${round + 1}: ${kind} of ${name}, back after ${(returnMs / 1_000).toFixed(1)} s`)
    }
    const idle = idleMs > 0 ? await assertRightTimeAfterIdle(judge, idleMs) : null
    const judgement = await judge.judge()
    await judge.stopAndCheck()
    return { ...judgement, kills, longestReturnMs: Math.round(longestReturnMs), idle }
  } finally {
    await network.stop()
  }
}

/** The description may be a moment behind. */
function isRunning({ pid, cometbftPid }: LocalMember): boolean {
  return [pid, cometbftPid].every((id) => id !== null && process.kill(id, 0))
}

function kill(pid: number | null): void {
  if (pid === null) throw new Error('there is no process to kill')
  process.kill(pid, 'SIGKILL')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      idle: { type: 'string', default: '0' },
    },
  })
  const [rounds, seed, idle] = [Number(values.rounds), Number(values.seed), Number(values.idle)]
  console.log(
    JSON.stringify(
      await killMembers({ rounds, seed, idleMs: idle * 1_000, say: (text) => console.log(text) }),
      null,
      2,
    ),
  )
}
