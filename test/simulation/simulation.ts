/**
 * One run: four members, clients and faults, from one seed. docs/operating/simulation.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import type { MemoryFiles } from '@jurat/node/platform/memoryFiles'
import { checkEnd, checkProofs } from './aftermath.ts'
import type { CanaryName } from './canaries.ts'
import { Chance } from './chance.ts'
import { Clients } from './clients.ts'
import { Consensus } from './consensus.ts'
import { membersCount } from './founding.ts'
import { Judge, Violation } from './judge.ts'
import { Member } from './member.ts'
import { calmNetwork, VirtualNetwork } from './network.ts'
import { Schedule, startMs } from './schedule.ts'
import type { World } from './world.ts'

/** What a run came to. */
export interface RunResult {
  readonly seed: number
  /** Hash of the course of events: the same seed gives the same. */
  readonly trace: string
  /** The first thing that must never happen and did, or null. */
  readonly violation: Error | null
  readonly blocks: number
  readonly transactions: number
  readonly crashes: number
  readonly events: number
  /** Virtual time that passed, milliseconds. */
  readonly virtualMs: number
  /** The items of the decided blocks; the first has height 1. */
  readonly decided: readonly (readonly Bytes[])[]
  /** What is left on the members' disks. */
  readonly disks: readonly MemoryFiles[]
}

/** Length of the busy part, mean pauses in it, milliseconds. */
const busyMs = 9_000
const clientPauseMs = 300
const faultPauseMs = 1_500
const reminderMs = 400

/** A clock that jumps is wrong by at most this. */
const clockJumpMaxMs = 20_000

/** When everything works again, everything must come to an end within this. */
const settleMaxMs = 120_000

/** Share of runs that go on for longer than a transaction can be repeated. */
const longShare = 0.35

/** Share of runs in which one member lies to the others about what it has executed. */
const liarShare = 0.25

/** When a long-lived transaction is repeated: so long after it was sent. The last is too late. */
const repetitionsMs = [300_000, 600_400, 602_000, 604_000, 606_000] as const

/** Runs a seed. */
export function runSeed(seed: number, canary: CanaryName | null = null): Promise<RunResult> {
  return new Run(seed, canary).run()
}

class Run {
  readonly #seed: number
  readonly #schedule = new Schedule()
  readonly #chance: Chance
  readonly #judge = new Judge()
  readonly #clients: Clients
  readonly #world: World
  #violation: Error | null = null
  #done = false
  #calm = false
  #crashes = 0

  constructor(seed: number, canary: CanaryName | null) {
    this.#seed = seed
    this.#chance = new Chance(seed)
    this.#clients = new Clients(new Chance(seed, 1))
    this.#world = {
      schedule: this.#schedule,
      chance: this.#chance,
      network: new VirtualNetwork(this.#schedule, new Chance(seed, 2)),
      judge: this.#judge,
      canary,
      seenAt: new Map(),
      verify: rememberingVerify(),
      decided: [],
      members: [],
      liar: this.#chance.often(liarShare) ? this.#chance.below(membersCount) : null,
      fail: (error) => this.#fail(error),
    }
    for (let number = 0; number < membersCount; number++) this.#world.members.push(new Member(this.#world, number))
  }

  async run(): Promise<RunResult> {
    const consensus = new Consensus(this.#world)
    for (const member of this.#world.members) member.start()
    this.#spawn(() => consensus.run())
    this.#spawn(() => consensus.catchUp())
    this.#spawn(() => this.#remind())
    this.#spawn(() => this.#send())
    this.#spawn(() => this.#disturb())
    this.#spawn(() => this.#course())
    await this.#schedule.run(() => this.#done)
    this.#judge.note('end', this.#violation?.message.split('\n')[0] ?? 'well')
    return {
      seed: this.#seed,
      trace: this.#judge.traceHash(),
      violation: this.#violation,
      blocks: this.#world.decided.length,
      transactions: this.#judge.transactionsCount,
      crashes: this.#crashes,
      events: this.#schedule.count,
      virtualMs: this.#schedule.nowMs,
      decided: this.#world.decided,
      disks: this.#world.members.map(({ disk }) => disk),
    }
  }

  /** The parts of a run, one after the other. */
  async #course(): Promise<void> {
    const { members } = this.#world
    await this.#schedule.sleep(busyMs)
    this.#heal()
    if (this.#chance.often(longShare)) await this.#wait(repetitionsMs.at(-1) ?? 0)
    this.#submit(this.#clients.next(this.#now()))
    await this.#settle()
    for (const [number, { process }] of members.entries()) {
      if (process?.store != null) await checkProofs(this.#world, number, process.store)
      await process?.close()
    }
    await checkEnd(this.#world)
    this.#done = true
  }

  /** Lets time pass in which transactions are repeated and members restart, so that memory must outlive processes. */
  async #wait(ms: number): Promise<void> {
    for (const member of this.#world.members) {
      if (this.#chance.often(0.5)) this.#schedule.after(this.#chance.between(0, ms * 0.9), () => this.#crash(member))
    }
    await this.#schedule.sleep(ms)
  }

  async #send(): Promise<void> {
    while (!this.#calm) {
      await this.#schedule.sleep(this.#chance.wait(clientPauseMs))
      if (this.#chance.often(0.05)) this.#repeatLater(this.#clients.longLived(this.#now()))
      else this.#submit(this.#clients.next(this.#now()))
    }
  }

  #repeatLater(tx: Bytes): void {
    this.#submit(tx)
    for (const afterMs of repetitionsMs) {
      // Something else comes first, so that the ledger knows how late it is.
      this.#schedule.after(afterMs - 1_500, () => this.#submit(this.#clients.next(this.#now())))
      this.#schedule.after(afterMs, () => this.#submit(tx))
    }
  }

  /** A client gives its transaction to one member, and members pass on what they admitted. */
  #submit(tx: Bytes): void {
    const { members, network } = this.#world
    const at = this.#chance.below(membersCount)
    members[at]?.process?.submit(tx, () => {
      members.forEach((member, to) => {
        if (to !== at) network.send(at, to, () => member.process?.submit(tx, () => undefined))
      })
    })
  }

  async #remind(): Promise<never> {
    for (;;) {
      for (const { process } of this.#world.members) process?.remind()
      await this.#schedule.sleep(this.#calm && this.#judge.newest.size <= this.#leastComplete() ? 5_000 : reminderMs)
    }
  }

  async #disturb(): Promise<void> {
    while (!this.#calm) {
      await this.#schedule.sleep(this.#chance.wait(faultPauseMs))
      if (!this.#calm) this.#disturbOnce()
    }
  }

  #disturbOnce(): void {
    const { members, network } = this.#world
    const member = this.#chance.one(members)
    const kind = this.#chance.often(0.6) ? 'power' : 'process'
    const choice = this.#chance.next()
    this.#judge.note('disturb', choice)
    if (choice < 0.25) this.#crash(member)
    else if (choice < 0.45) member.crashInOperation(kind)
    else if (choice < 0.52) this.#spawn(() => member.stop())
    else if (choice < 0.55) for (const each of members) this.#crash(each)
    else if (choice < 0.62) member.failDisk()
    else if (choice < 0.75) this.#cut()
    else if (choice < 0.95) {
      network.faults = { lost: this.#chance.between(0, 0.3), repeated: this.#chance.between(0, 0.3), delayMs: 40 }
    } else {
      member.setClock(this.#chance.between(-clockJumpMaxMs, clockJumpMaxMs))
      this.#schedule.after(3_000, () => member.setClock())
    }
  }

  #crash(member: Member): void {
    if (member.process === null || this.#done) return
    this.#crashes += 1
    member.crash(this.#chance.often(0.6) ? 'power' : 'process')
  }

  #cut(): void {
    const { network, members } = this.#world
    network.cut(members.map(() => this.#chance.below(2)))
    this.#schedule.after(this.#chance.wait(1_500), () => network.cut([]))
  }

  #heal(): void {
    const { network, members } = this.#world
    this.#calm = true
    network.faults = calmNetwork
    network.cut([])
    for (const member of members) {
      member.setClock()
      member.forgive()
      member.start()
    }
  }

  /** Waits until all members have everything and every checkpoint is complete. */
  async #settle(): Promise<void> {
    const endMs = this.#schedule.nowMs + settleMaxMs
    while (!this.#isSettled()) {
      if (this.#schedule.nowMs > endMs) throw new Violation('everything comes to an end', this.#standing())
      await this.#schedule.sleep(200)
    }
  }

  #isSettled(): boolean {
    const { members, decided } = this.#world
    const there = members.every(({ process }) => process?.ready === true && process.height === decided.length)
    const idle = members.every(({ process }) => process?.poolSize === 0)
    return there && idle && this.#leastComplete() >= this.#judge.newest.size
  }

  #leastComplete(): number {
    return Math.min(...this.#world.members.map(({ process }) => process?.completeSize ?? 0))
  }

  #standing(): string {
    const { members, decided } = this.#world
    const each = members.map(({ process, stored }) =>
      process === null ? 'down' : `${stored}/${process.height}/${process.poolSize}/${process.completeSize}`,
    )
    return `${decided.length} blocks, ${this.#judge.newest.size} entries; stored/executed/waiting/complete ${each.join(' ')}`
  }

  #now(): number {
    return Math.floor(startMs + this.#schedule.nowMs)
  }

  #spawn(step: () => Promise<void>): void {
    step().catch((error: unknown) => this.#fail(error))
  }

  #fail(error: unknown): void {
    this.#violation ??= error instanceof Error ? error : new Error(String(error))
    this.#done = true
  }
}

/** Checking a signature is pure, so that one member's answer serves all. */
function rememberingVerify(): World['verify'] {
  const verdicts = new Map<string, boolean>()
  return (publicKey, message, signature) => {
    const key = Buffer.concat([publicKey, signature, message]).toString('latin1')
    const verdict = verdicts.get(key) ?? nodeCrypto.verify(publicKey, message, signature)
    verdicts.set(key, verdict)
    return verdict
  }
}
