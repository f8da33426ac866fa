/**
 * What a block and its transactions change, before anything is written: an overlay over the state, with a second overlay
 * for each transaction that is taken back when it fails.
 * @module
 */
import { assert } from '../assert.ts'
import { type Bytes, equal, toHex } from '../bytes.ts'
import { CborReader } from '../cbor/reader.ts'
import { CborWriter } from '../cbor/writer.ts'
import { accountAt, type AccountRecord, decodeAccount, encodeAccount } from './account.ts'
import { type ConsortiumDocument, decodeDocument, documentBytesMax } from './consortium.ts'
import { originBytesMax } from './consortiumRules.ts'
import { type StateChange, stateKeys, type StateView } from './state.ts'

/** The consortium in force, as the state holds it. */
export interface ConsortiumState {
  /** Name of the network. */
  readonly network: string
  readonly sequence: number
  /** Index of its entry in the log. */
  readonly entryIndex: number
  readonly documentBytes: Bytes
  readonly document: ConsortiumDocument
}

/** State keys of a block's transactions over the committed state. */
export class Workspace {
  readonly #view: StateView
  readonly #block = new Map<string, Bytes | null>()
  readonly #transaction = new Map<string, Bytes | null>()
  /** Accounts as they were before the present transaction: a deposit reads its own again and again. */
  readonly #accounts = new Map<string, AccountRecord | null>()

  constructor(view: StateView) {
    this.#view = view
  }

  /** The value of a key as the present transaction sees it. */
  get(key: string): Bytes | null {
    const own = this.#transaction.get(key)
    if (own !== undefined) return own
    const block = this.#block.get(key)
    return block !== undefined ? block : this.#view.get(key)
  }

  /** Changes a key; null deletes it. */
  set(key: string, value: Bytes | null): void {
    this.#transaction.set(key, value)
  }

  /** Whether the present transaction changed a key. */
  hasChanged(key: string): boolean {
    return this.#transaction.has(key)
  }

  /** Takes back what the present transaction changed. */
  undo(): void {
    this.#transaction.clear()
  }

  /** Keeps what the present transaction changed. */
  keep(): void {
    for (const [key, value] of this.#transaction) {
      this.#block.set(key, value)
      this.#accounts.delete(key)
    }
    this.#transaction.clear()
  }

  /** Records of the accounts that the present transaction changed, by ascending id. */
  changedAccounts(): { readonly account: AccountRecord; readonly record: Bytes }[] {
    const prefix = stateKeys.account('')
    const keys = [...this.#transaction.keys()].filter((key) => key.startsWith(prefix)).toSorted()
    return keys.map((key) => {
      const record = this.#transaction.get(key) ?? null
      assert(record !== null, 'an account is never deleted')
      return { account: decodeAccount(record), record }
    })
  }

  /** Net changes of the block, by ascending key. */
  changes(): StateChange[] {
    assert(this.#transaction.size === 0, 'the last transaction was kept or undone')
    return [...this.#block.keys()].toSorted().flatMap((key) => {
      const before = this.#view.get(key)
      const after = this.#block.get(key) ?? null
      const same = before === null || after === null ? before === after : equal(before, after)
      return same ? [] : [{ key, before, after }]
    })
  }

  /** An account as its record says; null when there is none. */
  account(id: Bytes): AccountRecord | null {
    const key = stateKeys.account(toHex(id))
    if (this.#transaction.has(key)) return decoded(this.get(key))
    const known = this.#accounts.get(key)
    if (known !== undefined) return known
    const account = decoded(this.get(key))
    this.#accounts.set(key, account)
    return account
  }

  /** Writes a new account, as version 1. */
  makeAccount(account: Omit<AccountRecord, 'version'>): void {
    this.set(stateKeys.account(toHex(account.id)), encodeAccount({ ...account, version: 1 }))
  }

  /** Writes a change of an account: one version more, and a recovery key that has become due is written in. */
  changeAccount(account: AccountRecord, timeMs: number, changes: Partial<AccountRecord>): void {
    const changed = { ...accountAt(account, timeMs), ...changes, version: account.version + 1 }
    this.set(stateKeys.account(toHex(account.id)), encodeAccount(changed))
  }
}

const decoded = (record: Bytes | null): AccountRecord | null => (record === null ? null : decodeAccount(record))

/** The consortium in force. @throws AssertionFailure when the state has none: it was not made by a genesis. */
export function consortiumOf(view: StateView): ConsortiumState {
  const value = view.get(stateKeys.consortium)
  assert(value !== null, 'the state has a consortium')
  const known = consortiums.get(value)
  if (known !== undefined) return known
  const state = decodeConsortiumState(value)
  consortiums.set(value, state)
  return state
}

/** A view that keeps its values in memory gives the same bytes again, and decoding 31 members each time is not free. */
const consortiums = new WeakMap<Bytes, ConsortiumState>()

function decodeConsortiumState(value: Bytes): ConsortiumState {
  const reader = new CborReader(value, { bytesMax: documentBytesMax + 256 })
  reader.array(4)
  const head = { network: reader.text(originBytesMax), sequence: reader.uint(), entryIndex: reader.uint() }
  const documentBytes = reader.bytesUpTo(documentBytesMax)
  reader.end()
  return { ...head, documentBytes, document: decodeDocument(documentBytes) }
}

/** The value of the consortium's key. */
export function encodeConsortiumState(state: Omit<ConsortiumState, 'document'>): Bytes {
  const writer = new CborWriter(state.documentBytes.length + 256).array(4).text(state.network)
  return writer.uint(state.sequence).uint(state.entryIndex).bytes(state.documentBytes).finish()
}
