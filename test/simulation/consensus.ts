/**
 * A model of what CometBFT does to the application: proposals of one member that several judge, rounds that fail, locked
 * blocks that are proposed again with their old time, decisions by more than two thirds, empty blocks, heartbeats. Who
 * was away gets the decided blocks from the others.
 * @module
 */
import { randomOrder, spoil } from './proposals.ts'
import type { Bytes } from '@jurat/core/bytes'
import { isMajority, membersCount } from './founding.ts'
import { nameOf, Violation } from './judge.ts'
import type { World } from './world.ts'

/** A proposer has so long to answer, and the others to vote, milliseconds. */
const proposalTimeoutMs = 500
const voteTimeoutMs = 900

/** An idle network makes an empty block so often, milliseconds. */
const heartbeatMs = 60_000

/** Share of rounds whose block is locked and not decided, and of those that then stand still for long. */
const lockedShare = 0.12
const standstillShare = 0.2
const standstillMs = 9_000

/** Share of heights at which somebody proposes what must be refused. */
const spoiledShare = 0.3

/** Members that were away ask the others for decided blocks so often, milliseconds. */
const catchUpMs = 150

/** Where nothing has happened for the first of these times, one looks only so often, milliseconds. */
const idleAfterMs = 5_000
const idleMs = 900

/** The engine of all members. */
export class Consensus {
  readonly #world: World
  #lastWasEmpty = false
  #decidedAtMs = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Decides blocks for ever. */
  async run(): Promise<never> {
    for (;;) {
      await this.#reason()
      await this.#decide(this.#world.decided.length + 1)
    }
  }

  /** Lets members that are behind ask the others, for ever. */
  async catchUp(): Promise<never> {
    const { schedule, chance, members, network, decided } = this.#world
    for (;;) {
      const behind = members.some(({ stored }) => stored < decided.length)
      await schedule.sleep(behind ? catchUpMs : idleMs)
      members.forEach((member, from) => {
        if (member.process === null || member.stored === decided.length) return
        const to = chance.below(membersCount)
        network.send(from, to, () => {
          const found = members[to]?.process == null ? 0 : (members[to]?.stored ?? 0)
          network.send(to, from, () => member.learn(found))
        })
      })
    }
  }

  /** Waits until there is something to decide: transactions, the proof of the last block, or a heartbeat. */
  async #reason(): Promise<void> {
    const { schedule, members, chance } = this.#world
    await schedule.sleep(chance.wait(60))
    while (this.#lastWasEmpty && schedule.nowMs < this.#decidedAtMs + heartbeatMs) {
      if (members.some(({ process }) => process !== null && process.poolSize > 0)) return
      await schedule.sleep(schedule.nowMs < this.#decidedAtMs + idleAfterMs ? 100 : idleMs)
    }
  }

  async #decide(height: number): Promise<void> {
    const { schedule, chance, judge, decided, members } = this.#world
    let locked: readonly Bytes[] | null = null
    for (let round = 0; ; round++) {
      const proposer = (height + round) % membersCount
      await schedule.sleep(chance.wait(10))
      const items: readonly Bytes[] | null = locked ?? (await this.#ask(proposer, height))
      if (items === null) {
        await schedule.sleep(chance.wait(100))
        continue
      }
      if (chance.often(spoiledShare)) this.#proposeSpoiled(height, items)
      const accepted = await this.#vote({ height, proposer, items, fresh: locked === null })
      judge.note('round', height, round, proposer, items.length, [...accepted].join(','))
      if (!isMajority(accepted.size)) {
        await schedule.sleep(chance.wait(100))
      } else if (chance.often(lockedShare)) {
        locked = items
        await schedule.sleep(chance.wait(chance.often(standstillShare) ? standstillMs : 200))
      } else {
        decided.push(items)
        this.#lastWasEmpty = items.length === 1
        this.#decidedAtMs = schedule.nowMs
        for (const member of accepted) members[member]?.learn(height)
        return
      }
    }
  }

  #ask(proposer: number, height: number): Promise<readonly Bytes[] | null> {
    const { schedule, members } = this.#world
    return new Promise((resolve) => {
      schedule.after(proposalTimeoutMs, () => resolve(null))
      members[proposer]?.process?.propose(height, resolve)
    })
  }

  /** The members that accepted the proposal and could tell so. */
  #vote(proposal: { height: number; proposer: number; items: readonly Bytes[]; fresh: boolean }): Promise<Set<number>> {
    const { schedule, members, network } = this.#world
    const { height, proposer, items } = proposal
    return new Promise((resolve) => {
      const accepted = new Set<number>()
      const cancel = schedule.after(voteTimeoutMs, () => resolve(accepted))
      const judgeAt = (voter: number): void =>
        members[voter]?.process?.process({ height, items }, (accepts) => {
          if (!accepts) return this.#checkRefusal(proposal, voter)
          const arrive = (): void => {
            accepted.add(voter)
            if (accepted.size < membersCount) return
            cancel()
            resolve(accepted)
          }
          if (voter === proposer) arrive()
          else network.send(voter, proposer, arrive)
        })
      for (let voter = 0; voter < membersCount; voter++) {
        if (voter === proposer) judgeAt(voter)
        else network.send(proposer, voter, () => judgeAt(voter))
      }
    })
  }

  /** Members with good clocks do not refuse one another's proposals, or the chain would stand still. */
  #checkRefusal(
    { height, proposer, fresh }: { height: number; proposer: number; fresh: boolean },
    voter: number,
  ): void {
    const good = [proposer, voter].every((number) => this.#world.members[number]?.clockIsGood)
    if (!fresh || !good) return
    const detail = `${nameOf(voter)} refused what ${nameOf(proposer)} proposed for height ${height}`
    this.#world.fail(new Violation('honest proposals are accepted', detail))
  }

  #proposeSpoiled(height: number, items: readonly Bytes[]): void {
    const { members, chance, decided, schedule } = this.#world
    const { what, spoiled } = spoil(items, decided, chance, schedule.nowMs)
    for (const voter of randomOrder(chance)) {
      const member = members[voter]
      if (member?.clockIsGood !== true) continue
      member.process?.process({ height, items: spoiled }, (accepted) => {
        if (!accepted) return
        const detail = `${nameOf(voter)} accepted a proposal for height ${height} that ${what}`
        this.#world.fail(new Violation('spoiled proposals are refused', detail))
      })
    }
  }
}
