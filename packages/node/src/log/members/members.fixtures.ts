/**
 * Four institutions for tests: their keys and document, a network between them that loses, delays and repeats, and
 * their publishers over logs in memory.
 * @module
 */
import assert from 'node:assert/strict'
import { fromText, toHex, type Bytes } from '@jurat/core/bytes'
import { encodeDocument, type OutsideWitness, type Role, roles } from '@jurat/core/ledger/consortium'
import { servingName } from '@jurat/core/ledger/consortiumRules'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import { proveMember } from '@jurat/core/ledger/possession'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { cosignerOf, signerOf } from '@jurat/core/note/cosignature'
import { parseNote } from '@jurat/core/note/note'
import { parsePolicy } from '@jurat/core/note/policy'
import { openCheckpoint } from '@jurat/core/note/policyVerdict'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { VirtualTime } from '../../engine/virtualTime.fixtures.ts'
import type { Network } from '../../platform/network.ts'
import { MemoryLog } from '../memoryLog.fixtures.ts'
import { origin, secretKey } from '../publisher.fixtures.ts'
import type { LinkHandler, MemberLinks } from './links.ts'
import { MemberPublisher, type MemberPublisherOptions } from './memberPublisher.ts'
import { membersPolicyReader } from './membersPolicy.ts'

export const networkId: Bytes = nodeCrypto.sha256(fromText('network'))

/** The secret keys of a member: the same in every run. `version` gives other ones. */
export function memberSecrets(name: string, version = 0): Record<Role, Bytes> {
  const pairs = roles.map((role) => [role, secretKey(`${name} ${role} ${version}`, role === 'executorMldsa44' ? 5 : 1)])
  return Object.fromEntries(pairs) as Record<Role, Bytes>
}

/** A document of these members. Addresses are by name. */
export function documentOf(
  names: readonly string[],
  options: {
    quorum?: number
    witnesses?: readonly OutsideWitness[]
    witnessQuorum?: number
    addresses?: (name: string) => readonly string[]
    version?: (name: string) => number
  } = {},
): Bytes {
  const members = names.map((name) => {
    const addresses = options.addresses?.(name) ?? [`https://${name}.example`]
    return proveMember(nodeCrypto, origin, { name, addresses }, memberSecrets(name, options.version?.(name)))
  })
  return encodeDocument({
    members,
    quorum: options.quorum ?? Math.floor((2 * names.length) / 3) + 1,
    witnesses: options.witnesses ?? [],
    witnessQuorum: options.witnessQuorum ?? 0,
    parameters: defaultParameters,
  })
}

/** What happens to a message: its delay in milliseconds, null when it is lost, and whether it arrives twice. */
export type Fate = (from: string, to: string) => { readonly delayMs: number | null; readonly twice?: boolean }

/** A network in virtual time, or in a real one. */
export class VirtualLinks {
  readonly handlers = new Map<string, LinkHandler>()
  readonly #time: Pick<VirtualTime, 'sleep'>
  fate: Fate = () => ({ delayMs: 1 })
  /** Every message that arrived. */
  delivered = 0

  constructor(time: Pick<VirtualTime, 'sleep'>) {
    this.#time = time
  }

  of(name: string): MemberLinks {
    let known: readonly string[] = []
    return {
      start: async (handler) => {
        this.handlers.set(name, handler)
      },
      setMembers: (members) => {
        known = members.map((member) => member.name)
      },
      send: async (member, message) => {
        if (!known.includes(member)) throw new Error(`${member} is no member`)
        const answer = await this.#carry(name, member, message)
        return answer
      },
      stop: async () => {
        this.handlers.delete(name)
      },
    }
  }

  /** Tells two members that they are connected. */
  connect(a: string, b: string): void {
    this.handlers.get(a)?.connected(b)
    this.handlers.get(b)?.connected(a)
  }

  async #carry(from: string, to: string, message: Bytes): Promise<Bytes> {
    const there = this.fate(from, to)
    if (there.delayMs === null) return this.#lost()
    await this.#time.sleep(there.delayMs)
    const handler = this.handlers.get(to)
    if (handler === undefined) return this.#lost()
    this.delivered++
    if (there.twice === true) void handler.receive(from, message).catch(() => undefined)
    const answer = await handler.receive(from, message)
    const back = this.fate(to, from)
    if (back.delayMs === null) return this.#lost()
    await this.#time.sleep(back.delayMs)
    return answer
  }

  async #lost(): Promise<never> {
    await this.#time.sleep(1_000)
    throw new Error('no answer')
  }
}

/** A member under test. */
export interface TestMember {
  readonly name: string
  readonly log: MemoryLog
  readonly publisher: MemberPublisher
  readonly alarms: { message: string; details: Record<string, unknown> }[]
  readonly failures: unknown[]
}

/** Makes a member over a log; its signer state is made unless it is there, or `muted`. */
export async function testMember(
  name: string,
  options: {
    log: MemoryLog
    links: MemberLinks
    time: Pick<MemberPublisherOptions, 'clock' | 'timers'>
    muted?: boolean
    /** Reaches the outside witnesses of the document. */
    network?: Network
    versions?: readonly number[]
  },
): Promise<TestMember> {
  const { log, links, time } = options
  const empty = { size: 0, root: nodeCrypto.sha256(new Uint8Array(0)), timeMs: 0 }
  if (log.signer.log() === null && options.muted !== true) await log.signer.begin(empty)
  const secrets = (options.versions ?? [0]).map((version) => memberSecrets(name, version))
  const signers = secrets.map((keys) => signerOf(nodeCrypto, origin, keys.log))
  const serving = secrets.map((keys) => signerOf(nodeCrypto, servingName(origin, name), keys.log))
  const alarms: TestMember['alarms'] = []
  const failures: unknown[] = []
  const publisher = new MemberPublisher({
    origin,
    networkId,
    store: log,
    crypto: nodeCrypto,
    ...time,
    links,
    keys: {
      log: signers,
      executors: secrets.flatMap((keys) => [
        cosignerOf(nodeCrypto, name, keys.executorEd25519),
        cosignerOf(nodeCrypto, name, keys.executorMldsa44),
      ]),
    },
    ...(options.network !== undefined && { outside: { network: options.network, signers: serving } }),
    policyOf: membersPolicyReader(
      nodeCrypto,
      origin,
      signers.map(({ vkey }) => vkey.publicKey),
    ),
    fatal: (error) => failures.push(error),
    alarm: (message, details) => alarms.push({ message, details }),
  })
  return { name, log, publisher, alarms, failures }
}

/** Four members on a virtual network. */
export interface TestConsortium {
  readonly time: VirtualTime
  readonly links: VirtualLinks
  readonly members: Map<string, TestMember>
  member(name: string): TestMember
  /** The same block at all of these members, or at everybody. */
  grow(entries: readonly string[], names?: readonly string[], document?: Bytes): void
  /** Ends a member and starts it again over the same log. */
  restart(name: string): Promise<TestMember>
  stop(): Promise<void>
}

export const names = ['court', 'notary', 'forensics', 'authority'] as const

/** Makes it. Nobody has started yet. */
export async function testConsortium(document: Bytes = documentOf(names)): Promise<TestConsortium> {
  const time = new VirtualTime()
  const links = new VirtualLinks(time)
  const members = new Map<string, TestMember>()
  const make = (name: string, log: MemoryLog): Promise<TestMember> =>
    testMember(name, { log, links: links.of(name), time: { clock: time, timers: time } })
  for (const name of names) members.set(name, await make(name, new MemoryLog(document)))
  const member = (name: string): TestMember => {
    const found = members.get(name)
    if (found === undefined) throw new Error(`no member ${name}`)
    return found
  }
  return {
    time,
    links,
    members,
    member,
    grow(entries, at = names, next) {
      for (const name of at) member(name).publisher.onBlock(member(name).log.grow(entries, next))
    },
    async restart(name) {
      const before = member(name)
      await before.publisher.stop()
      const after = await make(name, before.log)
      members.set(name, after)
      await after.publisher.start()
      return after
    },
    async stop() {
      for (const { publisher } of members.values()) await publisher.stop()
    },
  }
}

/** The note that a member shows, judged by its own policy. */
export function opened({ publisher }: TestMember): { size: number; members: string[] } {
  const note = publisher.checkpoint()
  assert.ok(note !== null)
  const { checkpoint, verdict } = openCheckpoint(nodeCrypto, parsePolicy(nodeCrypto, publisher.policy().text), note)
  assert.ok(verdict.satisfied)
  return {
    size: checkpoint.size,
    members: verdict.members.filter(({ timeSeconds }) => timeSeconds !== null).map(({ name }) => name),
  }
}

/** Whether a member's notes and signatures obey the rules whatever happened: one root a size, never backwards. */
export function assertHonest(consortium: TestConsortium, liars: readonly string[] = []): void {
  const roots = new Map<number, string>()
  for (const { name, log, failures } of consortium.members.values()) {
    assert.deepEqual(failures, [], name)
    if (liars.includes(name)) continue
    let before = 0
    for (const { size } of log.signer.history) {
      assert.ok(size >= before, `${name} signed ${size} after ${before}`)
      before = size
    }
    for (const { size, note } of log.notes.kept) {
      const root = toHex(parseCheckpoint(parseNote(note).body).root)
      assert.equal(roots.get(size) ?? root, root)
      roots.set(size, root)
    }
  }
}
