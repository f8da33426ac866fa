/**
 * Institutions of a network on this machine, each started when the test says so: some found it, more may join it. No relays:
 * the members dial one another.
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freeRange } from '@jurat/node/platform/ports.fixtures'
import { type Target } from '../bench/signedBatches.ts'
import { type Plan, type PlannedMember, planNetwork } from '../localnet/plan.ts'
import { environmentOf, MemberProcess, runProgram } from '../localnet/process.ts'

/** What GET /v1/network says, as far as it is looked at. */
export interface Seen {
  readonly height: number
  readonly treeSize: number
  readonly consortium: {
    readonly sequence: number
    readonly members: readonly { readonly name: string; readonly ballotKey: string }[]
  }
}

/** The institutions, their folders and processes. */
export class PlannedNetwork {
  readonly folder: string
  readonly plan: Plan
  /** Longest wait for anything that the network does, milliseconds. */
  readonly patienceMs: number
  readonly #processes = new Map<string, MemberProcess>()
  readonly #options: readonly string[]
  #output = ''

  private constructor(folder: string, plan: Plan, patienceMs: number, options: readonly string[]) {
    this.folder = folder
    this.plan = plan
    this.patienceMs = patienceMs
    this.#options = options
  }

  /**
   * Makes a network of the first `founders` of `count` institutions, and starts these.
   * @param options - words for the start of every member
   */
  static async found(
    founders: number,
    count: number,
    patienceMs: number,
    options: readonly string[] = [],
  ): Promise<PlannedNetwork> {
    // Sockets lie in it, whose paths end at 107 bytes.
    const folder = mkdtempSync('/tmp/jb-')
    const planned = planNetwork(folder, count, await freeRange(200))
    const plan = { ...planned, members: planned.members.map((member) => ({ ...member, routes: '' })) }
    const network = new PlannedNetwork(folder, plan, patienceMs, options)
    await network.#found(founders).catch(async (error: unknown) => {
      await network.remove()
      throw error
    })
    return network
  }

  async #found(founders: number): Promise<void> {
    const { plan } = this
    const first = plan.members.slice(0, founders)
    for (const { name } of first) await this.join(name, '--network', plan.origin)
    const joins = first.map(({ joinFile }) => joinFile)
    await this.run('court', 'assemble', ...joins, '--name', plan.origin, '--out', plan.genesis)
    await Promise.all(first.map(({ name }) => this.start(name).ready()))
  }

  /** What the node of a member has written into its log. */
  said(name: string): string {
    const folder = join(this.member(name).data, 'logs')
    return readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('')
  }

  member(name: string): PlannedMember {
    const found = this.plan.members.find((member) => member.name === name)
    if (found === undefined) throw new Error(`no member ${name} is planned`)
    return found
  }

  process(name: string): MemberProcess {
    const found = this.#processes.get(name)
    if (found === undefined) throw new Error(`${name} was not started`)
    return found
  }

  /** Starts a member, with more words; it may not be ready when this returns. */
  start(name: string, options: readonly string[] = []): MemberProcess {
    const made = new MemberProcess(
      this.member(name),
      this.plan,
      'off',
      (line) => (this.#output += `${name} | ${line}\n`),
      [...this.#options, ...options],
    )
    this.#processes.set(name, made)
    made.start()
    return made
  }

  /** `jurat network ...` at an institution. @returns what it said */
  run(name: string, ...words: string[]): Promise<string> {
    return this.command(name, ['network', ...words])
  }

  /** A command of the node's program in an institution's environment, over its data folder or another. @returns what it said */
  command(name: string, words: readonly string[], data: string = this.member(name).data): Promise<string> {
    return runProgram([...words, '--data', data], environmentOf(this.member(name)))
  }

  /** An institution makes its keys and its join file. @returns what the command said */
  join(name: string, ...more: string[]): Promise<string> {
    const { url, consensusPort, membersPort, joinFile } = this.member(name)
    const addresses = ['--consensus', `127.0.0.1:${consensusPort}`, '--members', `127.0.0.1:${membersPort}`]
    return this.run(name, 'join', '--name', name, '--url', url, ...addresses, '--out', joinFile, ...more)
  }

  /** Where deposits at a member go. */
  target(name: string): Target {
    const { url, data } = this.member(name)
    const { apiKey } = JSON.parse(readFileSync(join(data, 'bootstrap.json'), 'utf8')) as { apiKey: string }
    const { hostname, port } = new URL(url)
    return { url, apiKey, host: hostname, port: Number(port) }
  }

  async seenBy(name: string): Promise<Seen | null> {
    const answer = await fetch(`${this.member(name).url}/v1/network`).catch(() => null)
    return answer?.ok === true ? ((await answer.json()) as Seen) : null
  }

  /** @throws with the end of what the members said, when it does not come true */
  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + this.patienceMs
    while (!(await condition())) {
      if (performance.now() > end) throw new Error(`${what}\n${this.#output.slice(-4_000)}`)
      await sleep(100)
    }
  }

  /** All of these have the same tree, of at least so many entries. */
  async even(names: readonly string[], treeSize = 0): Promise<void> {
    await this.until(`${names.join(', ')} have executed the same`, async () => {
      const sizes = await Promise.all(names.map(async (name) => (await this.seenBy(name))?.treeSize))
      return sizes.every((size) => size !== undefined && size >= treeSize && size === sizes[0])
    })
  }

  /** Ends all processes and removes the folder. */
  async remove(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((one) => one.end('SIGKILL')))
    rmSync(this.folder, { recursive: true, force: true })
  }
}
