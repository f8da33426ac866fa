/**
 * The features of a node, each handed only what it needs: they do not know one another.
 * @module
 */
import { readFileSync } from 'node:fs'
import { type Bytes, toHex } from '@jurat/core/bytes'
import { accountId } from '@jurat/core/ledger/account'
import { decodeEntry, isOurEntry } from '@jurat/core/ledger/entry'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import type { Config } from '../config.ts'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { Accounts } from '../features/accounts.ts'
import type { CertificateAuthority } from '../features/ca.ts'
import { type Credentials, CredentialsError } from '../features/credentials.ts'
import { Deposits } from '../features/deposits.ts'
import { usedKey } from '../features/deposits/usedKey.ts'
import type { Identities } from '../features/identity.ts'
import { NodeSigning } from '../features/keys/nodeSigning.ts'
import { TransactionSigner } from '../features/keys/signing.ts'
import { NetworkView } from '../features/network.ts'
import { FolderBlobStore, Originals } from '../features/originals.ts'
import { openProposals } from '../features/proposals.ts'
import { RawFront } from '../features/rawFront.ts'
import { Receipts } from '../features/receipts.ts'
import { TransactionError, type TransactionOptions, Transactions } from '../features/transactions.ts'
import { Verifications } from '../features/verifications.ts'
import { policyTexts } from '../log/logPolicy.ts'
import { stampedNote } from '../log/stampedNotes.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { dataPaths, type DataFolder } from './dataFolder.ts'
import type { LedgerNode } from './ledger.ts'
import type { TimestampService } from './timestamps.ts'

/** Room for header, signature and framing in a transaction, bytes. */
const envelopeBytes = 8_192

/** The features. */
export interface Features {
  readonly deposits: Deposits
  readonly rawFront: RawFront | null
  readonly receipts: Receipts
  readonly originals: Originals
  readonly transactions: Transactions
  readonly accounts: Accounts
  readonly network: NetworkView
  readonly verifications: Verifications
  /** Null: this node has no certification authority. */
  readonly authority: CertificateAuthority | null
  readonly timestamps: TimestampService
}

/** What features need of services that stand beside them. */
export interface FurtherServices extends Pick<Features, 'authority' | 'timestamps'> {
  /** Null without an office, and before it is joined. */
  readonly identities: () => Identities | null
}

/** Joins them. */
export function joinFeatures(
  config: Config,
  folder: DataFolder,
  ledger: LedgerNode,
  credentials: Credentials,
  { identities, ...own }: FurtherServices,
): Features {
  const { store, publisher, submitOwn } = ledger
  const parameters = (): ReturnType<typeof consortiumOf>['document']['parameters'] =>
    consortiumOf(store.view).document.parameters
  const signer = new TransactionSigner(nodeCrypto, ledger.networkId, systemClock, parameters)
  const { registrar, front } = folder.member
  const held = { keys: folder.keys, ballotKey: ledger.ballotKey, registrar, front }
  const signing = new NodeSigning(nodeCrypto, signer, held, (account) => credentials.secretKey(account))
  const covered = async (size: number, timeoutMs: number): Promise<boolean> =>
    (await publisher.waitCovered(size, timeoutMs)) !== null
  const hasWitnesses = (): boolean => !publisher.policy().satisfied([])
  const completeSize = (): number => publisher.completeSize
  const { itemsMax, transactionBytesMax, rawAllowed } = parameters()
  const limits = { itemsMax, itemBytesMax: transactionBytesMax - envelopeBytes }
  const mayBeRaw = config.rawFront && rawAllowed === 1
  return {
    ...own,
    deposits: new Deposits({
      crypto: nodeCrypto,
      timers: systemTimers,
      limits,
      submit: (account, items, side) => submitOwn(signing.deposit(account, items), side),
      idempotent: (keyHash) => usedKey(ledger, keyHash),
      covered,
      hasWitnesses,
      secretSeed: folder.sealer.derive('item-secrets'),
      levelOf: (organisation, account) => identities()?.levelNow(organisation, account) ?? null,
      commitmentAt: (index) => commitmentAt(ledger, index),
    }),
    rawFront: mayBeRaw
      ? new RawFront({ timers: systemTimers, limits, submit: (bodies) => submitOwn(signing.raw(bodies)), covered })
      : null,
    receipts: new Receipts({
      ...ledger,
      crypto: nodeCrypto,
      noteFor: async (index) => {
        const covering = await publisher.noteFor(index)
        return covering === null ? null : stampedNote(store.notes, covering)
      },
      authorities: own.timestamps.authorities,
      completeSize,
      hasWitnesses,
      statements: statementsOf(identities),
    }),
    originals: new Originals(new FolderBlobStore(dataPaths(folder.data).blobs), credentials, config.originalBytesMax),
    transactions: transactionsOf(ledger, signing, { completeSize, covered, hasWitnesses }),
    accounts: new Accounts({
      crypto: nodeCrypto,
      view: store.view,
      accountAt: (id, version) => store.accountAt(id, version),
      proposals: (account) => openProposals(nodeCrypto, store.view, account, store.tip.timeMs),
      async register(account) {
        const outcome = await submitOwn(signing.register(account))
        if (outcome.code !== 0) throw new TransactionError(outcome.code, outcome.txHash)
      },
      isRefusal: (error) => error instanceof TransactionError || error instanceof CredentialsError,
      keys: credentials,
      accountsPerOrganisationMax: config.accountsPerOrganisationMax,
    }),
    network: networkOf(ledger, folder.member.registrar),
    verifications: new Verifications(systemTimers),
  }
}

/** Identity statements for receipts; none while there is no office. */
const statementsOf =
  (identities: () => Identities | null) =>
  async (organisation: string, account: string, timeMs: number): Promise<readonly Bytes[]> =>
    (await identities()?.statementsAt(organisation, account, timeMs)) ?? []

/** The commitment of the item of an entry, for requests that are repeated. */
async function commitmentAt({ store }: LedgerNode, index: number): Promise<Bytes | null> {
  const bytes = await store.entry(index)
  const entry = bytes === null || !isOurEntry(bytes) ? null : decodeEntry(bytes)
  return entry?.kind === 1 ? entry.item.commitment : null
}

function softwareVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

function transactionsOf(
  { engine, store }: LedgerNode,
  signing: NodeSigning,
  log: Pick<TransactionOptions, 'completeSize' | 'covered' | 'hasWitnesses'>,
): Transactions {
  return new Transactions({
    ...log,
    submit: (tx) => engine.submit(tx),
    stored: (txHash) => store.transaction(txHash),
    signProposal: (operation) => signing.proposal(operation),
    signVote: (proposal, operationHash) => signing.vote(proposal, operationHash),
  })
}

function networkOf(
  { networkId, origin, store, publisher, witness, lightBlock }: LedgerNode,
  registrar: string,
): NetworkView {
  return new NetworkView({
    networkId,
    origin,
    registrar: toHex(accountId(nodeCrypto, registrar)),
    software: `jurat ${softwareVersion()}`,
    durable: () => store.durable,
    documents: () => store.consortiumDocuments(),
    block: (height) => store.block(height),
    lightBlock,
    policies: (document) => policyTexts(nodeCrypto, publisher.policy(), origin, document),
    witnessKeys: witness.vkeys,
  })
}
