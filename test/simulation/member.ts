/**
 * A member's machine: its disk, its clock, and the process that runs on it, or does not.
 * @module
 */
import { MemoryFiles } from '@jurat/node/platform/memoryFiles'
import { nameOf, Violation } from './judge.ts'
import { Process } from './process.ts'
import type { World } from './world.ts'

/** How a process ends: `power` takes what is not synced with it, `process` does not. */
export type Crash = 'power' | 'process'

/** Clocks are wrong by at most this, either way, milliseconds. */
const clockSkewMaxMs = 700

/** So long after its clock was set, what a member has made may still bear the wrong time, milliseconds. */
const clockDoubtMs = 3_000

/** Mean time until a member that ended is started again, milliseconds. */
const downMs = 1_500

/** A machine. */
export class Member {
  readonly #world: World
  readonly #number: number
  disk = new MemoryFiles()
  process: Process | null = null
  /** How far its clock is wrong. */
  #skewMs: number
  #clockSetAtMs = -clockDoubtMs
  /** Height of the newest decided block that its engine has stored; survives everything. */
  stored = 0
  /** Whether the disk was told to fail. */
  #failing = false

  constructor(world: World, number: number) {
    this.#world = world
    this.#number = number
    this.#skewMs = world.chance.between(-clockSkewMaxMs, clockSkewMaxMs)
  }

  /** Sets its clock; without a number, about right. */
  setClock(skewMs = this.#world.chance.between(-clockSkewMaxMs, clockSkewMaxMs)): void {
    this.#skewMs = skewMs
    this.#clockSetAtMs = this.#world.schedule.nowMs
  }

  /** Whether its clock is about right, and was when it made what is judged now. */
  get clockIsGood(): boolean {
    const sinceMs = this.#world.schedule.nowMs - this.#clockSetAtMs
    return Math.abs(this.#skewMs) <= clockSkewMaxMs && sinceMs >= clockDoubtMs
  }

  start(): void {
    if (this.process !== null) return
    this.process = new Process({
      world: this.#world,
      member: this.#number,
      disk: this.disk,
      skewMs: () => this.#skewMs,
      stored: () => this.stored,
      failed: (error) => this.#failed(error),
    })
  }

  /** Ends the process, and starts another after a while. */
  crash(kind: Crash): void {
    if (this.process === null) return
    const { judge, chance, schedule } = this.#world
    judge.note('crash', this.#number, kind)
    this.process.end()
    this.process = null
    this.#failing = false
    this.disk = kind === 'power' ? this.disk.powerLost(chance.next) : this.disk.processEnded()
    schedule.after(chance.wait(downMs), () => this.start())
  }

  /** Stops the process in order, and starts another after a while. */
  async stop(): Promise<void> {
    const { process } = this
    await process?.close()
    if (process !== null && this.process === process) this.crash('process')
  }

  /** Ends the process in the midst of one of the next operations of its disk. */
  crashInOperation(kind: Crash): void {
    const { disk } = this
    let left = this.#world.chance.below(60)
    disk.onOperation = () => {
      if (left-- > 0) return
      disk.onOperation = null
      this.crash(kind)
    }
  }

  /** Lets one of the next operations of its disk fail. */
  failDisk(): void {
    const { chance } = this.#world
    this.#failing = true
    const code = chance.often(0.5) ? 'EIO' : 'ENOSPC'
    this.disk.failAt(this.disk.operations + chance.below(60), { persisted: chance.often(0.5), code })
  }

  /** The disk is mended: whatever was to go wrong does not any more. */
  forgive(): void {
    if (!this.#failing && this.disk.onOperation === null) return
    this.crash('process')
    this.disk = this.disk.processEnded()
    this.#failing = false
  }

  /** Decided blocks up to this height are here. */
  learn(height: number): void {
    if (height <= this.stored) return
    this.stored = height
    this.process?.wake()
  }

  /** A process ended by itself: it must have been the disk. */
  #failed(error: unknown): void {
    if (error instanceof Violation) return this.#world.fail(error)
    if (!this.#failing || !isDiskFailure(error)) {
      const detail = `${nameOf(this.#number)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
      return this.#world.fail(new Violation('no member stops by itself', detail))
    }
    this.crash(this.#world.chance.often(0.5) ? 'power' : 'process')
  }
}

function isDiskFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  return code === 'EIO' || code === 'ENOSPC' || isDiskFailure(error.cause)
}
