/**
 * `localnet.json` and the trust file beside it: what scripts rely on, kept up to date while the network runs.
 * @module
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatVkey } from '@jurat/core/note/vkey'
import type { Litewitness } from './litewitness.ts'
import type { Plan, PlannedMember } from './plan.ts'
import type { MemberProcess } from './process.ts'

/** How often process ids are looked at, milliseconds: members die, and CometBFT is started again by its node. */
const lookEveryMs = 500

/** The description of a network. */
export class Description {
  readonly #plan: Plan
  readonly #members: readonly MemberProcess[]
  readonly #witness: Litewitness | null
  readonly #keys = new Map<string, string>()
  #written = ''
  #timer: NodeJS.Timeout | null = null

  constructor(plan: Plan, members: readonly MemberProcess[], witness: Litewitness | null) {
    this.#plan = plan
    this.#members = members
    this.#witness = witness
  }

  /** Writes it, and again whenever something changes. */
  async begin(): Promise<void> {
    await this.update()
    this.#timer = setInterval(() => this.#write(), lookEveryMs)
  }

  /** Writes the trust file anew, as a member that runs gives it, and the description. */
  async update(): Promise<void> {
    for (const { member } of this.#members) {
      const answer = await fetch(`${member.url}/v1/trust`).catch(() => null)
      if (answer?.ok !== true) continue
      replace(this.#plan.trust, await answer.text(), 0o644)
      break
    }
    this.#write()
  }

  #write(): void {
    const witness = this.#witness
    const description = {
      origin: this.#plan.origin,
      trust: this.#plan.trust,
      members: this.#members.map(({ member, pid, cometbftPid }) => {
        const { name, url, data } = member
        return { name, url, apiKey: this.#keyOf(member), data, pid, cometbftPid }
      }),
      witness:
        witness === null
          ? null
          : { name: witness.vkey.name, url: witness.url, vkey: formatVkey(witness.vkey), pid: witness.pid },
    }
    const text = `${JSON.stringify(description, null, 2)}\n`
    if (text !== this.#written) replace(this.#plan.description, text, 0o600)
    this.#written = text
  }

  /**
   * Its administrator's key, null when nobody knows it. No backup holds it, so it is kept beside the folder, which may be
   * restored at any time.
   */
  #keyOf({ name, data, apiKeyFile }: PlannedMember): string | null {
    const known = this.#keys.get(name) ?? null
    if (known !== null) return known
    const found = keyIn(join(data, 'bootstrap.json'))
    if (found !== null) replace(apiKeyFile, found, 0o600)
    const key = found ?? textOf(apiKeyFile)
    if (key !== null) this.#keys.set(name, key)
    return key
  }

  end(): void {
    clearInterval(this.#timer ?? undefined)
    rmSync(this.#plan.description, { force: true })
  }
}

/** The key in a member's bootstrap.json; null without the file, or when somebody has removed the key. */
function keyIn(path: string): string | null {
  const text = textOf(path)
  const { apiKey = '' } = text === null ? {} : (JSON.parse(text) as { apiKey?: string })
  return apiKey === '' ? null : apiKey
}

function textOf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

/** Readers see the old file or the new one. */
function replace(path: string, text: string, mode: number): void {
  writeFileSync(`${path}.new`, text, { mode })
  renameSync(`${path}.new`, path)
}
