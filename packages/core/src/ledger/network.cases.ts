/**
 * A network in memory for the ledger's tests: a genesis from fixed seeds, transactions signed by named keys, blocks one
 * after the other. Everything is reproducible: the same calls give the same bytes.
 * @module
 */
import { type Bytes, concat, fromText, toHex } from '../bytes.ts'
import { CborWriter } from '../cbor/writer.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { algorithms } from '../crypto/provider.ts'
import type { Algorithm } from '../crypto/provider.ts'
import { itemsHash } from '../deposit/item.ts'
import { accountId, type AccountRecord, custodies } from './account.ts'
import { checkTransaction } from './admit.ts'
import { type AuthMap, sortAuthMap } from './authMap.ts'
import { type ApplyInput, applyBlock, type BlockOutcome, buildBlock, type LedgerTip } from './block.ts'
import { codes, type ResultCode } from './codes.ts'
import { type ConsortiumDocument, encodeDocument, type Member, type Role } from './consortium.ts'
import { encodeGenesis, type Genesis, type GenesisAccount } from './genesis.ts'
import { genesisBlock } from './genesisBlock.ts'
import { defaultParameters, type Parameters, replayWindowMs } from './parameters.ts'
import { type ParsedTransaction, parseTransaction, signaturesValid } from './parse.ts'
import { encodeOperation, encodePayload, type Payload, type ProposedOperation } from './payloads.ts'
import { proveMember } from './possession.ts'
import { stateKeys } from './state.ts'
import { encodeHeader, encodeTransaction, payloadHash, signingMessage, type TransactionHeader } from './transaction.ts'
import { type ConsortiumState, consortiumOf, Workspace } from './workspace.ts'

export { crypto }

export const origin = 'jurat.example/court'
export const startMs = 1_800_000_000_000
export const hourMs = 3_600_000

/** Id of an account. */
export const idOf = (name: string): Bytes => accountId(crypto, name)
export const admin: Bytes = idOf('admin')

const secrets = new Map<string, Bytes>()

/** The secret key of a name, the same in every run. Names may begin with an algorithm: `p256:alice`. */
export function secretOf(name: string): Bytes {
  const known = secrets.get(name)
  if (known !== undefined) return known
  const [prefix = ''] = name.split(':')
  const algorithm = Object.hasOwn(algorithms, prefix) ? algorithms[prefix as keyof typeof algorithms] : 1
  const secret = concat(Uint8Array.of(algorithm), crypto.sha256(fromText(name)))
  secrets.set(name, secret)
  return secret
}

const publicKeys = new Map<string, Bytes>()

/** The public key of a name. */
export function keyOf(name: string): Bytes {
  const key = publicKeys.get(name) ?? crypto.publicKeyOf(secretOf(name))
  publicKeys.set(name, key)
  return key
}

/** A key map from names and weights. */
export const keys = (weights: Readonly<Record<string, number>>): AuthMap =>
  sortAuthMap(Object.entries(weights).map(([name, weight]) => ({ publicKey: keyOf(name), weight })))

const roleAlgorithm: Partial<Record<Role, Algorithm>> = { executorMldsa44: algorithms.mldsa44 }

/** Name of a member's key. */
export const memberKey = (member: string, role: Role): string =>
  `${roleAlgorithm[role] === undefined ? '' : 'mldsa44:'}${member}/${role}`

const members = new Map<string, Member>()

/** A member with proofs; the same name gives the same keys, except those that `others` take from other names. */
export function member(name: string, others: Partial<Record<Role, string>> = {}): Member {
  const key = JSON.stringify([name, others])
  const known = members.get(key)
  if (known !== undefined) return known
  const roleSecret = (role: Role): Bytes => secretOf(memberKey(others[role] ?? name, role))
  const made = proveMember(
    crypto,
    origin,
    { name, addresses: [`https://${name}.example`] },
    {
      ballot: roleSecret('ballot'),
      log: roleSecret('log'),
      executorEd25519: roleSecret('executorEd25519'),
      executorMldsa44: roleSecret('executorMldsa44'),
      validator: roleSecret('validator'),
      transport: roleSecret('transport'),
    },
  )
  members.set(key, made)
  return made
}

/** A consortium document of members m1, m2, ... */
export function documentOf(count: number, changes: Partial<ConsortiumDocument> = {}): ConsortiumDocument {
  return {
    members: Array.from({ length: count }, (_, at) => member(`m${at + 1}`)),
    quorum: Math.floor((2 * count) / 3) + 1,
    witnesses: [],
    witnessQuorum: 0,
    parameters: defaultParameters,
    ...changes,
  }
}

/** A first account that one key of the same name signs for. */
export function firstAccount(name: string, changes: Partial<GenesisAccount> = {}): GenesisAccount {
  return {
    name,
    authMap: keys({ [name]: 100 }),
    recoverKey: keyOf(`${name}/recovery`),
    encryptionKey: null,
    balance: 0,
    custody: custodies.own,
    registrarQuota: null,
    ...changes,
  }
}

/** The accounts of every test network: `pair` needs two keys, `registrar` makes accounts. */
export const firstAccounts: readonly GenesisAccount[] = [
  firstAccount('alice', { balance: 1_000 }),
  firstAccount('bob'),
  firstAccount('pair', { authMap: keys({ 'pair/1': 50, 'pair/2': 50 }), balance: 10 }),
  firstAccount('registrar', { registrarQuota: 3, balance: 100 }),
]

/** What tests choose of a network. */
export interface GenesisOptions {
  readonly members?: number
  readonly parameters?: Partial<Parameters>
  readonly accounts?: readonly GenesisAccount[]
}

/** The genesis of a test network. */
export function testGenesis(options: GenesisOptions = {}): Genesis {
  const parameters = { ...defaultParameters, rawAllowed: 1, ...options.parameters }
  const document = documentOf(options.members ?? 1, { parameters })
  const accounts = options.accounts ?? firstAccounts
  return { name: origin, timeMs: startMs, accounts, document: encodeDocument(document), predecessor: null }
}

/** What a test wants to send. Names are those of accounts and keys. */
export interface Draft extends Partial<Omit<TransactionHeader, 'from' | 'to'>> {
  readonly from: string
  readonly to?: string | null
  /** Names of the keys that sign; the account's name by default. */
  readonly by?: readonly string[]
  readonly payload: Exclude<Payload, { readonly type: 30 }> | { readonly type: 30; readonly operation: Bytes }
  /** Changes the payload's bytes under the header of the right ones. */
  readonly payloadBytes?: Bytes
}

/** A proposed operation from its parts. */
export function proposal(
  payload: Exclude<Payload, { readonly type: 30 }>,
  header: Partial<ProposedOperation> = {},
): Draft['payload'] {
  const parts = { to: null, value: 0, gasLimit: 0, ...header }
  return { type: 30, operation: encodeOperation({ type: payload.type, payload: encodePayload(payload), ...parts }) }
}

/** A deposit item of one text. */
export function itemOf(text: string): Bytes {
  return new CborWriter()
    .array(4)
    .uint(1)
    .bytes(crypto.sha256(fromText(text)))
    .null()
    .null()
    .finish()
}

const outcomes = new Map<string, BlockOutcome>()

/** The genesis block, made once: proofs of possession are slow in JavaScript. */
function outcomeOf(genesis: Bytes): BlockOutcome {
  const key = toHex(crypto.sha256(genesis))
  const outcome = outcomes.get(key) ?? genesisBlock(crypto, genesis)
  outcomes.set(key, outcome)
  return outcome
}

/** A block that a test ledger has kept. */
export interface KeptBlock {
  readonly height: number
  readonly timeMs: number
  /** The signed transactions. */
  readonly transactions: readonly Bytes[]
}

/** A ledger in memory. */
export class TestLedger {
  readonly genesis: Bytes
  readonly networkId: Bytes
  /** All blocks but the genesis. */
  readonly blocks: KeptBlock[] = []
  readonly entries: Bytes[] = []
  readonly state = new Map<string, Bytes>()
  tip: LedgerTip
  lanes: Bytes
  timeMs = startMs
  #seen = new Map<string, number>()
  #nonce = 0

  constructor(options: GenesisOptions = {}) {
    this.genesis = encodeGenesis(testGenesis(options))
    const outcome = outcomeOf(this.genesis)
    this.tip = outcome.tip
    this.lanes = outcome.stateLanes
    this.networkId = outcome.tip.networkId
    this.#keep(outcome)
  }

  readonly view = { get: (key: string): Bytes | null => this.state.get(key) ?? null }
  readonly seen = { has: (txHash: Bytes): boolean => this.#seen.has(toHex(txHash)) }

  /** Lets block time go on. */
  wait(milliseconds: number): this {
    this.timeMs += milliseconds
    return this
  }

  consortium(): ConsortiumState {
    return consortiumOf(this.view)
  }

  account(name: string): AccountRecord {
    const account = new Workspace(this.view).account(idOf(name))
    if (account === null) throw new Error(`there is no account ${name}`)
    return account
  }

  /** The bytes of a signed transaction. */
  sign(draft: Draft): Bytes {
    const { payload, payloadBytes, from, to = null, by = [from], ...header } = draft
    const bytes = payload.type === 30 ? payload.operation : encodePayload(payload)
    const headerBytes = encodeHeader({
      networkId: this.networkId,
      type: payload.type,
      from: idOf(from),
      to: to === null ? null : idOf(to),
      nonce: crypto.sha256(Uint8Array.of(this.#nonce >> 8, this.#nonce++ & 255)).subarray(0, 12),
      timestampMs: this.timeMs,
      periodMs: 60_000,
      value: 0,
      gasLimit: 0,
      payloadHash: payload.type === 40 ? itemsHash(crypto, payload.items) : payloadHash(crypto, bytes),
      ...header,
    })
    const message = signingMessage(headerBytes)
    const signatures = by.map((name) => ({ publicKey: keyOf(name), signature: crypto.sign(secretOf(name), message) }))
    return encodeTransaction(headerBytes, payloadBytes ?? bytes, signatures)
  }

  /** The transaction of bytes, which must be well formed. */
  parse(bytes: Bytes): ParsedTransaction {
    const parsed = parseTransaction(crypto, bytes, this.rules())
    if ('refused' in parsed) throw new Error(`refused with ${parsed.refused}`)
    return parsed
  }

  rules(): { networkId: Bytes; parameters: Parameters } {
    return { networkId: this.networkId, parameters: this.consortium().document.parameters }
  }

  /** Applies a block and keeps it. */
  block(transactions: readonly Bytes[]): BlockOutcome {
    const outcome = applyBlock(this.input(transactions.map((bytes) => this.parse(bytes))))
    this.#keepBlock(outcome, transactions)
    return outcome
  }

  /** What the ledger's functions take, for the next block. */
  input(transactions: readonly ParsedTransaction[]): ApplyInput {
    const block = { height: this.tip.height + 1, timeMs: this.timeMs, transactions }
    const { view, seen, tip, lanes: stateLanes } = this
    return { crypto, view, seen, tip, block, stateLanes, verified: (parsed) => signaturesValid(crypto, parsed) }
  }

  /** The code of `check`. */
  check(bytes: Bytes): ResultCode {
    const parsed = parseTransaction(crypto, bytes, this.rules())
    if ('refused' in parsed) return parsed.refused
    const { view, seen, timeMs } = this
    return checkTransaction({ crypto, view, seen, timeMs, verified: (each) => signaturesValid(crypto, each) }, parsed)
  }

  /** Sends a transaction in a block of its own: the code of its refusal, or of its result. */
  send(draft: Draft | Bytes): ResultCode {
    const bytes = draft instanceof Uint8Array ? draft : this.sign(draft)
    const parsed = parseTransaction(crypto, bytes, this.rules())
    if ('refused' in parsed) return parsed.refused
    const { transactions, outcome } = buildBlock(this.input([parsed]))
    if (transactions.length === 0) return this.check(bytes)
    this.#keepBlock(outcome, [bytes])
    return outcome.results[0]?.code ?? codes.success
  }

  #keepBlock(outcome: BlockOutcome, transactions: readonly Bytes[]): void {
    this.#keep(outcome)
    this.blocks.push({ height: outcome.tip.height, timeMs: outcome.tip.timeMs, transactions })
  }

  #keep(outcome: BlockOutcome): void {
    for (const { key, after } of outcome.changes) {
      if (after === null) this.state.delete(key)
      else this.state.set(key, after)
    }
    for (const entry of outcome.entries) this.entries.push(entry)
    for (const { txHash } of outcome.results) this.#seen.set(toHex(txHash), outcome.tip.timeMs)
    for (const [hash, timeMs] of this.#seen) if (timeMs + replayWindowMs < outcome.tip.timeMs) this.#seen.delete(hash)
    this.tip = outcome.tip
    this.lanes = outcome.stateLanes
  }
}

/** Whether the state holds a proposal. */
export const hasProposal = (ledger: TestLedger, id: Bytes): boolean => ledger.state.has(stateKeys.proposal(toHex(id)))
