/**
 * Which identity levels hold, in memory: a deposit asks for one, and never waits for the database.
 * @module
 */
import { highestLevel, type IdentityLevel } from '@jurat/core/identity/levels'

/** A statement as far as deposits ask. */
export interface Holding {
  readonly id: string
  readonly organisation: string
  readonly accounts: readonly string[]
  readonly level: IdentityLevel
  /** Milliseconds since 1970 UTC; it holds before the end. */
  readonly fromMs: number
  readonly untilMs: number
}

/** Statements by organisation. */
export class Holdings {
  #byOrganisation = new Map<string, Map<string, Holding>>()

  /** Replaces everything by what the database holds. */
  load(holdings: readonly Holding[]): void {
    this.#byOrganisation = new Map()
    for (const holding of holdings) this.put(holding)
  }

  /** Adds one, or says anew until when it holds. */
  put(holding: Holding): void {
    const own = this.#byOrganisation.get(holding.organisation) ?? new Map<string, Holding>()
    this.#byOrganisation.set(holding.organisation, own.set(holding.id, holding))
  }

  /** Ends one before its time. */
  end(organisation: string, id: string, timeMs: number): void {
    const holding = this.#byOrganisation.get(organisation)?.get(id)
    if (holding !== undefined) this.put({ ...holding, untilMs: Math.min(holding.untilMs, timeMs) })
  }

  /** Those of an account of an organisation at a time. */
  at(organisation: string, account: string, timeMs: number): Holding[] {
    const own = [...(this.#byOrganisation.get(organisation)?.values() ?? [])]
    return own.filter(
      ({ accounts, fromMs, untilMs }) => accounts.includes(account) && fromMs <= timeMs && timeMs < untilMs,
    )
  }

  /** The highest level of an account at a time; null: none. */
  levelAt(organisation: string, account: string, timeMs: number): IdentityLevel | null {
    return highestLevel(this.at(organisation, account, timeMs).map(({ level }) => level))
  }
}
