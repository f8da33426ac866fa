/**
 * Flows over a real PostgreSQL and a ledger in memory that can be told to fail: two organisations with a hosted account each, and
 * one that takes no part.
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { DepositAnswer, DepositItem } from '@jurat/api/deposits'
import { fromHex, toHex } from '@jurat/core/bytes'
import { depositId } from '@jurat/core/deposit/depositId'
import { JuratError } from '@jurat/core/errors'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { FlowError } from './error.ts'
import { Flows } from '../flows.ts'
import { createSealer } from '../keys/seal.ts'
import type { Asker, FlowDepositJob, FlowServices, OfficeAccess } from './office.ts'

/** The process ended here: whatever comes after it does not happen. */
export class Killed extends Error {}

/** The ledger refused. */
class Refusal extends JuratError<'ledger'> {}

/** A ledger that keeps idempotency keys as the real one does: with the deposit. */
export class MemoryLedger {
  readonly deposits: { key: string; item: DepositItem; account: string; answer: DepositAnswer }[] = []
  /** What happens to the next deposits. */
  fault: 'none' | 'killed before' | 'killed after' | 'refused' = 'none'
  timeMs = 1_800_000_000_000

  async deposit({ organisation, account, items, idempotencyKey, body }: FlowDepositJob): Promise<DepositAnswer> {
    const key = `${organisation}\n${account}\n${idempotencyKey}\n${toHex(nodeCrypto.sha256(body))}`
    await new Promise((resolve) => setImmediate(resolve))
    if (this.fault === 'killed before') throw new Killed()
    const known = this.deposits.find((deposit) => deposit.key === key)
    if (known === undefined && this.fault === 'refused') throw new Refusal('ledger', 'frozen')
    const [item] = items
    if (item === undefined) throw new TypeError('there is one item')
    const answer = known?.answer ?? this.#answer(key)
    if (known === undefined) this.deposits.push({ key, item, account, answer })
    if (this.fault === 'killed after') throw new Killed()
    return answer
  }

  #answer(key: string): DepositAnswer {
    const hash = nodeCrypto.sha256(Buffer.from(key))
    const id = depositId(hash, 0)
    const secret = toHex(nodeCrypto.sha256(hash))
    return { deposits: [{ id, index: this.deposits.length * 2 + 1, state: 'committed', link: '', secret }] }
  }
}

const account = (name: string): string => toHex(nodeCrypto.sha256(Buffer.from(name)))

/** Hosted accounts by organisation. */
export const hosted: Readonly<Record<string, string>> = {
  firm: account('firm'),
  second: account('second'),
  other: account('other'),
}

/** Who asks for an organisation. */
export const asker = (organisation: string, admin = false): Asker => ({
  organisation,
  account: hosted[organisation] ?? null,
  admin,
})

export const flowKey: Uint8Array = fromHex('5a'.repeat(32))

const masterKey = randomBytes(32)

/** Flows over an office, as a process that was started now has them. */
export function flowsOver(office: OfficeAccess, ledger: MemoryLedger, now: () => number): Flows {
  const services: FlowServices = {
    crypto: nodeCrypto,
    office,
    sealer: createSealer(masterKey),
    now,
    random: (length) => randomBytes(length),
    deposit: (job) => ledger.deposit(job),
    isRefusal: (error) => error instanceof Refusal,
    timeOf: () => Promise.resolve(ledger.timeMs++),
    receipt: () => Promise.resolve(null),
    hostedAccounts: (organisation) => [hosted[organisation] ?? []].flat(),
    hostedAccount(organisation, idOrName) {
      if (hosted[organisation] === idOrName) return idOrName
      throw new FlowError('not-found', 'your organisation has no such hosted account')
    },
    original: () => Promise.resolve(null),
    stamp: () => Promise.reject(new FlowError('feature-off', 'no authority here')),
  }
  return new Flows(services)
}
