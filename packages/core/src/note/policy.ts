/**
 * Trust policies: C2SP tlog-policy. Which logs are accepted, which witnesses are known, and which of them together are
 * enough. Rules: docs/spec/policy.md.
 * @module
 */
import { assert } from '../assert.ts'
import { toHex } from '../bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { NoteError } from './error.ts'
import { isWellFormed, parseDecimal, splitLines } from './lines.ts'
import { formatVkey, parseVkey, signatureTypes } from './vkey.ts'
import type { Vkey } from './vkey.ts'

/** Longest policy text, in characters. 31 members with ML-DSA-44 keys need a quarter of it. */
export const policyCharactersMax = 262_144

/** Most log lines. C2SP asks for at least 32, as for witnesses and groups. */
export const policyLogsMax = 64

/** Most witness lines: 31 members with two keys each, and outside witnesses. */
export const policyWitnessesMax = 128

/** Most group lines: one for each of 31 members, and those above them. */
export const policyGroupsMax = 64

/** A log whose checkpoints are accepted. The origin is the name of its key. */
export interface PolicyLog {
  readonly vkey: Vkey
  readonly url: string | null
}

/** A known cosigning key. The name is that of the policy; the key has its own. */
export interface PolicyWitness {
  readonly name: string
  readonly vkey: Vkey
  readonly url: string | null
}

/** Counts as witnessed when `threshold` of its members are; each member is a witness or an earlier group. */
export interface PolicyGroup {
  readonly name: string
  readonly threshold: 'all' | 'any' | number
  readonly members: readonly string[]
}

/** A whole policy. `quorum` is the name of a witness or group, or null when no cosignature is needed. */
export interface Policy {
  readonly logs: readonly PolicyLog[]
  readonly witnesses: readonly PolicyWitness[]
  readonly groups: readonly PolicyGroup[]
  readonly quorum: string | null
}

const none = 'none'
// Printable ASCII, tab, and everything beyond ASCII (tlog-policy, "Character set"); newlines were split off before.
// oxlint-disable-next-line no-control-regex
const forbidden = /[\0-\u0008\u000B-\u001F\u007F]/

/** Reads a policy text. @throws {NoteError} `policy-malformed`, `too-big`, `key-malformed`, `key-unsupported`. */
export function parsePolicy(crypto: CryptoProvider, text: string): Policy {
  if (text.length > policyCharactersMax) throw new NoteError('too-big', 'the policy text is too long')
  const lines = isWellFormed(text) && !forbidden.test(text) ? splitLines(text) : null
  if (lines === null)
    throw new NoteError('policy-malformed', 'a policy is text of whole lines without control characters')
  const reader = new PolicyReader(crypto)
  for (const [at, line] of lines.entries()) {
    const fields = line.split(/[ \t]+/).filter((field) => field !== '')
    const [keyword] = fields
    if (keyword === undefined || keyword.startsWith('#')) continue
    reader.line(at + 1, keyword, fields.slice(1))
  }
  return reader.finish()
}

/** Writes a policy: logs, witnesses, groups, quorum, one a line. */
export function formatPolicy(policy: Policy): string {
  const url = (address: string | null): string[] => (address === null ? [] : [address])
  const rows = [
    ...policy.logs.map((log) => ['log', formatVkey(log.vkey), ...url(log.url)]),
    ...policy.witnesses.map((witness) => ['witness', witness.name, formatVkey(witness.vkey), ...url(witness.url)]),
    ...policy.groups.map((group) => ['group', group.name, String(group.threshold), ...group.members]),
    ['quorum', policy.quorum ?? none],
  ]
  // Some readers take everything after a # for a comment, so no field may hold one.
  for (const field of rows.flat()) assert(/^[^\s#]+$/.test(field), 'a field of a policy has no space and no #')
  return rows.map((fields) => `${fields.join(' ')}\n`).join('')
}

/** How many members a group needs. */
export function groupThreshold({ threshold, members }: PolicyGroup): number {
  if (threshold === 'all') return members.length
  return threshold === 'any' ? 1 : threshold
}

/** Collects the lines of a policy and holds them to the rules. */
class PolicyReader {
  readonly #crypto: CryptoProvider
  readonly #logs: PolicyLog[] = []
  readonly #witnesses: PolicyWitness[] = []
  readonly #groups: PolicyGroup[] = []
  readonly #names = new Set<string>()
  readonly #grouped = new Set<string>()
  readonly #logKeys = new Set<string>()
  readonly #witnessKeys = new Set<string>()
  #quorum: string | undefined
  #number = 0

  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto
  }

  line(number: number, keyword: string, fields: readonly string[]): void {
    this.#number = number
    if (keyword === 'log') this.#readLog(fields)
    else if (keyword === 'witness') this.#readWitness(fields)
    else if (keyword === 'group') this.#readGroup(fields)
    else if (keyword === 'quorum') this.#readQuorum(fields)
    else throw this.#malformed('it begins with an unknown word')
  }

  finish(): Policy {
    if (this.#quorum === undefined) throw new NoteError('policy-malformed', 'the policy has no quorum line')
    const quorum = this.#quorum === none ? null : this.#quorum
    return { logs: this.#logs, witnesses: this.#witnesses, groups: this.#groups, quorum }
  }

  #readLog(fields: readonly string[]): void {
    const [key = '', url = null, ...rest] = fields
    if (rest.length > 0) throw this.#malformed('a log has a key and perhaps a URL')
    const vkey = this.#key(key, this.#logKeys)
    if (vkey.signatureType === signatureTypes.cosignatureEd25519) throw this.#malformed('this key only cosigns')
    this.#logs.push({ vkey, url })
    this.#limit(this.#logs, policyLogsMax, 'logs')
  }

  #readWitness(fields: readonly string[]): void {
    const [name = '', key = '', url = null, ...rest] = fields
    if (rest.length > 0) throw this.#malformed('a witness has a name, a key and perhaps a URL')
    this.#define(name)
    const vkey = this.#key(key, this.#witnessKeys)
    if (vkey.signatureType === signatureTypes.ed25519) throw this.#malformed('this key makes no cosignatures')
    this.#witnesses.push({ name, vkey, url })
    this.#limit(this.#witnesses, policyWitnessesMax, 'witnesses')
  }

  #readGroup(fields: readonly string[]): void {
    const [name = '', thresholdText = '', ...members] = fields
    for (const member of members) {
      // Each name only once in all groups, so that a witness counts in one way only.
      if (!this.#names.has(member) || this.#grouped.has(member)) {
        throw this.#malformed(`the member ${member} is not defined before, or already in a group`)
      }
      this.#grouped.add(member)
    }
    this.#define(name)
    const threshold =
      thresholdText === 'all' || thresholdText === 'any' ? thresholdText : (parseDecimal(thresholdText) ?? 0)
    if (members.length === 0 || threshold === 0 || (typeof threshold === 'number' && threshold > members.length)) {
      throw this.#malformed('a group has members, of which all, any, or a number between 1 and theirs are needed')
    }
    this.#groups.push({ name, threshold, members })
    this.#limit(this.#groups, policyGroupsMax, 'groups')
  }

  #readQuorum(fields: readonly string[]): void {
    const [name = ''] = fields
    if (fields.length !== 1 || this.#quorum !== undefined) throw this.#malformed('there is one quorum, with one name')
    if (name !== none && !this.#names.has(name)) throw this.#malformed('the quorum is not defined before')
    this.#quorum = name
  }

  #define(name: string): void {
    if (name === '' || name === none || this.#names.has(name)) {
      throw this.#malformed('the name is missing, reserved, or defined already')
    }
    this.#names.add(name)
  }

  #key(text: string, seen: Set<string>): Vkey {
    const vkey = parseVkey(this.#crypto, text)
    const key = toHex(vkey.publicKey)
    if (seen.has(key)) throw this.#malformed('this public key stands on another line already')
    seen.add(key)
    return vkey
  }

  #limit(list: readonly unknown[], max: number, what: string): void {
    if (list.length > max) throw new NoteError('too-big', `a policy has at most ${max} ${what}`)
  }

  #malformed(why: string): NoteError {
    return new NoteError('policy-malformed', `line ${this.#number} of the policy: ${why}`)
  }
}
