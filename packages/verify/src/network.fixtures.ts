/**
 * A network in memory, made from core alone: a genesis from fixed seeds, blocks, checkpoints with cosignatures, receipts
 * and trust files. Everything is reproducible: the same calls give the same bytes.
 * @module
 */
import { type Bytes, concat, fromText, toHex, toText } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { encodeItem, type Item, itemsHash } from '@jurat/core/deposit/item'
import { accountId } from '@jurat/core/ledger/account'
import { applyBlock, type BlockOutcome, type ChangedAccount, type LedgerTip } from '@jurat/core/ledger/block'
import { type ConsortiumDocument, documentHash, encodeDocument, type Member } from '@jurat/core/ledger/consortium'
import { encodeGenesis, type GenesisAccount } from '@jurat/core/ledger/genesis'
import { genesisBlock } from '@jurat/core/ledger/genesisBlock'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import { parseTransaction, signaturesValid } from '@jurat/core/ledger/parse'
import { encodePayload, type Payload } from '@jurat/core/ledger/payloads'
import { proveMember } from '@jurat/core/ledger/possession'
import { encodeHeader, encodeTransaction, payloadHash, signingMessage } from '@jurat/core/ledger/transaction'
import { hashLeaf } from '@jurat/core/merkle/hash'
import { inclusionProof } from '@jurat/core/merkle/proof'
import { Frontier } from '@jurat/core/merkle/tree'
import { formatCheckpoint } from '@jurat/core/note/checkpoint'
import { cosignerOf, signerOf } from '@jurat/core/note/cosignature'
import { canonicalSignatures, formatNote } from '@jurat/core/note/note'
import { addressOf, type ChainlessHeader, headerHash, validatorsHash } from '@jurat/core/light/block'
import { precommitBytes } from '@jurat/core/light/commit'
import { formatTlogProof } from '@jurat/core/note/tlogProof'
import { buildReceipt, type ProvenEntry } from '@jurat/core/receipt/build'
import { appHashOf, chainIdOf, type FinalityPart, validatorsOfDocument } from '@jurat/core/receipt/finality'
import type { Receipt } from '@jurat/core/receipt/receipt'
import { defaultRequired, type StepName } from '@jurat/core/receipt/steps'
import type { TrustDocument, TrustFile } from '@jurat/core/receipt/trust'
import { formatTrust } from '@jurat/core/receipt/trustChain'

export { crypto }

export const origin = 'jurat.example/court'
export const startMs = 1_800_000_000_000
const startSeconds = startMs / 1000

/** The secret key of a name. ML-DSA-44 for names that end so, else Ed25519. */
export function secretOf(name: string): Bytes {
  return concat(Uint8Array.of(name.endsWith('mldsa44') ? 5 : 1), crypto.sha256(fromText(name)))
}

const publicKeys = new Map<string, Bytes>()

/** The public key of a name. */
export function keyOf(name: string): Bytes {
  const key = publicKeys.get(name) ?? crypto.publicKeyOf(secretOf(name))
  publicKeys.set(name, key)
  return key
}

export const idOf = (name: string): Bytes => accountId(crypto, name)

const members = new Map<string, Member>()

/** A member whose keys follow from its name. */
export function member(name: string): Member {
  const known = members.get(name)
  if (known !== undefined) return known
  const made = proveMember(
    crypto,
    origin,
    { name, addresses: [`https://${name}.example`] },
    {
      ballot: secretOf(`${name}/ballot`),
      log: secretOf(`${name}/log`),
      executorEd25519: secretOf(`${name}/ed25519`),
      executorMldsa44: secretOf(`${name}/mldsa44`),
      validator: secretOf(`${name}/validator`),
      transport: secretOf(`${name}/transport`),
    },
  )
  members.set(name, made)
  return made
}

/** A consortium of members; one is a solo network. */
export function consortium(names: readonly string[], changes: Partial<ConsortiumDocument> = {}): ConsortiumDocument {
  return {
    members: names.map(member),
    quorum: Math.floor((2 * names.length) / 3) + 1,
    witnesses: [],
    witnessQuorum: 0,
    parameters: defaultParameters,
    ...changes,
  }
}

/** A first account; `weights` from key names. */
export function account(name: string, weights: Readonly<Record<string, number>>, custody: number = 0): GenesisAccount {
  const authMap = Object.entries(weights)
    .map(([key, weight]) => ({ publicKey: keyOf(key), weight }))
    .toSorted((a, b) => (toHex(a.publicKey) < toHex(b.publicKey) ? -1 : 1))
  const recoverKey = keyOf(`${name}/recovery`)
  return { name, authMap, recoverKey, encryptionKey: null, balance: 0, custody, registrarQuota: null }
}

/** What was sent: enough to make receipts of it. */
export interface Sent {
  readonly header: Bytes
  readonly signatures: readonly { readonly publicKey: Bytes; readonly signature: Bytes }[]
  readonly items: readonly Bytes[]
  readonly from: Bytes
  /** Index of its first entry. */
  readonly firstIndex: number
}

/** Who cosigns: names of keys, each with the name that its cosignature bears. */
export interface Cosigning {
  readonly name: string
  readonly key: string
  readonly timeSeconds?: number
}

/** Who commits a header of the consensus, and on the chain of which network. */
export interface Signing {
  /** Names of members, of other networks and times as well. */
  readonly by?: readonly string[]
  readonly networkId?: Bytes
}

const genesisBlocks = new Map<string, BlockOutcome>()

/** A running network. */
export class FixtureNetwork {
  readonly genesis: Bytes
  readonly networkId: Bytes
  readonly entries: Bytes[] = []
  readonly documents: TrustDocument[] = []
  timeMs: number = startMs
  #document: ConsortiumDocument
  /** The one in force when the newest block was made. */
  #documentOfTip: ConsortiumDocument
  #tip: LedgerTip
  #lanes: Bytes
  readonly #state = new Map<string, Bytes>()
  readonly #accounts: ChangedAccount[] = []
  #nonce = 0

  constructor(document: ConsortiumDocument, accounts: readonly GenesisAccount[]) {
    const documentBytes = encodeDocument(document)
    this.genesis = encodeGenesis({
      name: origin,
      timeMs: startMs,
      accounts,
      document: documentBytes,
      predecessor: null,
    })
    const key = toHex(crypto.sha256(this.genesis))
    const outcome = genesisBlocks.get(key) ?? genesisBlock(crypto, this.genesis)
    genesisBlocks.set(key, outcome)
    this.#document = document
    this.#documentOfTip = document
    this.networkId = outcome.tip.networkId
    this.#tip = outcome.tip
    this.#lanes = outcome.stateLanes
    this.#keep(outcome)
  }

  get size(): number {
    return this.entries.length
  }

  /** One second later, a block of one transaction. */
  send(from: string, by: readonly string[], payload: Exclude<Payload, { readonly type: 30 }>): Sent {
    this.timeMs += 1000
    const items = payload.type === 40 ? payload.items : []
    const payloadBytes = encodePayload(payload)
    const header = encodeHeader({
      networkId: this.networkId,
      type: payload.type,
      from: idOf(from),
      to: null,
      nonce: crypto.sha256(Uint8Array.of(this.#nonce++)).subarray(0, 12),
      timestampMs: this.timeMs - 200,
      periodMs: 60_000,
      value: 0,
      gasLimit: 0,
      payloadHash: payload.type === 40 ? itemsHash(crypto, items) : payloadHash(crypto, payloadBytes),
    })
    const message = signingMessage(header)
    const signatures = by
      .map((name) => ({ publicKey: keyOf(name), signature: crypto.sign(secretOf(name), message) }))
      .toSorted((a, b) => (toHex(a.publicKey) < toHex(b.publicKey) ? -1 : 1))
    const firstIndex = this.size
    this.#apply(encodeTransaction(header, payloadBytes, signatures))
    return { header, signatures, items, from: idOf(from), firstIndex }
  }

  /** Deposits items. */
  deposit(from: string, by: readonly string[], items: readonly Item[]): Sent {
    return this.send(from, by, { type: 40, items: items.map(encodeItem) })
  }

  /** Replaces the consortium document, and proves the new one under a note that the old one accepts. */
  replaceDocument(document: ConsortiumDocument, cosigning: readonly Cosigning[]): void {
    const ballots = this.#document.members.map(({ name }) => `${name}/ballot`)
    const replaces = documentHash(crypto, encodeDocument(this.#document))
    const { firstIndex } = this.send('admin', ballots, { type: 60, document: encodeDocument(document), replaces })
    const note = this.note(this.#document.members[0]?.name ?? '', cosigning)
    const { entry, path } = this.prove(firstIndex)
    const proof = toText(formatTlogProof({ extra: null, index: firstIndex, path, note }))
    this.documents.push({ document: encodeDocument(document), entry, proof })
    this.#document = document
  }

  /** The present checkpoint, signed with a member's log key and cosigned. */
  note(logMember: string, cosigning: readonly Cosigning[], named: string = origin): Bytes {
    const frontier = Frontier.empty(crypto)
    for (const entry of this.entries) frontier.append(hashLeaf(crypto, entry))
    const body = formatCheckpoint({ origin: named, size: this.size, root: frontier.root() })
    const now = startSeconds + Math.floor((this.timeMs - startMs) / 1000) + 1
    const cosignatures = cosigning.map(({ name, key, timeSeconds = now }) =>
      cosignerOf(crypto, name, secretOf(key)).cosign(body, timeSeconds),
    )
    const log = signerOf(crypto, named, secretOf(`${logMember}/log`)).sign(body)
    return formatNote(body, canonicalSignatures(named, [log, ...cosignatures]))
  }

  /** An entry with its path in the present tree. */
  prove(index: number): ProvenEntry {
    const leaves = this.entries.map((entry) => hashLeaf(crypto, entry))
    const read = (level: number, at: number): Bytes => {
      const frontier = Frontier.empty(crypto)
      for (const leaf of leaves.slice(at * 2 ** level, (at + 1) * 2 ** level)) frontier.append(leaf)
      return frontier.root()
    }
    const entry = this.entries[index]
    if (entry === undefined) throw new Error(`there is no entry ${index}`)
    return { entry, index, path: inclusionProof(crypto, read, index, this.size) }
  }

  /** The receipt of one item under a note of the present tree. */
  receipt({ header, signatures, items, from, firstIndex }: Sent, itemIndex: number, note: Bytes): Receipt {
    const changed = this.#accounts.findLast(
      ({ id, entryIndex }) => toHex(id) === toHex(from) && entryIndex < firstIndex,
    )
    if (changed === undefined) throw new Error('the account is unknown')
    const receipt = buildReceipt(crypto, {
      networkId: this.networkId,
      note,
      deposit: this.prove(firstIndex + itemIndex),
      head: this.prove(this.size - 1),
      account: { ...this.prove(changed.entryIndex), record: changed.record },
      transaction: { header, signatures, items, itemIndex },
    })
    return this.#documentOfTip.members.length === 1 ? receipt : { ...receipt, finality: this.finality() }
  }

  /** The next header of the consensus, and its commit by all members unless others are named. */
  finality(changes: Partial<ChainlessHeader> = {}, signing: Signing = {}): FinalityPart {
    const hash = crypto.sha256(Uint8Array.of(this.#tip.height))
    const validators = validatorsHash(crypto, validatorsOfDocument(this.#documentOfTip))
    const frontier = Frontier.empty(crypto)
    for (const entry of this.entries) frontier.append(hashLeaf(crypto, entry))
    const header = {
      version: { block: 11, app: 1 },
      height: this.#tip.height + 1,
      time: { seconds: Math.floor(this.timeMs / 1000), nanos: 300_000_000 },
      lastCommitHash: hash,
      dataHash: hash,
      validatorsHash: validators,
      nextValidatorsHash: validators,
      consensusHash: hash,
      appHash: appHashOf({ size: this.size, root: frontier.root() }),
      lastResultsHash: hash,
      evidenceHash: hash,
      proposerAddress: hash.subarray(0, 20),
      ...changes,
      lastBlockId: { hash, parts: { total: 1, hash } },
    }
    const { by = this.#documentOfTip.members.map(({ name }) => name), networkId = this.networkId } = signing
    const chainId = chainIdOf(networkId)
    const parts = { total: 1, hash }
    const vote = {
      height: header.height,
      round: 0,
      blockId: { hash: headerHash(crypto, { ...header, chainId }), parts },
    }
    const signatures = by.map((name, at) => {
      const time = { seconds: header.time.seconds + 1, nanos: at + 1 }
      const signature = crypto.sign(secretOf(`${name}/validator`), precommitBytes(chainId, vote, time))
      return { address: addressOf(crypto, keyOf(`${name}/validator`).subarray(1)), time, signature }
    })
    return { header, commit: { round: 0, parts, signatures } }
  }

  /** The content of the trust file. */
  trustFile(requires: readonly StepName[] = defaultRequired): TrustFile {
    const { networkId, genesis, documents } = this
    return { networkId, origin, genesis, documents: [...documents], roots: [], authorities: [], profile: { requires } }
  }

  /** The text of the trust file. */
  trust(requires: readonly StepName[] = defaultRequired): string {
    return formatTrust(crypto, this.trustFile(requires))
  }

  #apply(bytes: Bytes): void {
    const parsed = parseTransaction(crypto, bytes, {
      networkId: this.networkId,
      parameters: this.#document.parameters,
    })
    if ('refused' in parsed) throw new Error(`refused with ${parsed.refused}`)
    const block = { height: this.#tip.height + 1, timeMs: this.timeMs, transactions: [parsed] }
    this.#documentOfTip = this.#document
    const outcome = applyBlock({
      crypto,
      view: { get: (key) => this.#state.get(key) ?? null },
      seen: { has: () => false },
      tip: this.#tip,
      block,
      verified: (each) => signaturesValid(crypto, each),
      stateLanes: this.#lanes,
    })
    const [result] = outcome.results
    if (result?.code !== 0) throw new Error(`failed with ${result?.code}`)
    this.#keep(outcome)
  }

  #keep(outcome: BlockOutcome): void {
    for (const { key, after } of outcome.changes) {
      if (after === null) this.#state.delete(key)
      else this.#state.set(key, after)
    }
    this.entries.push(...outcome.entries)
    this.#accounts.push(...outcome.accounts)
    this.#tip = outcome.tip
    this.#lanes = outcome.stateLanes
  }
}
