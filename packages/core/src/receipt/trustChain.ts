/**
 * The chain of consortium documents of a trust file: document 0 stands in the genesis, whose hash is the network id; each
 * next one is proven by its entry in a checkpoint that the document before accepts. docs/spec/trust-file.md.
 * @module
 */
import { type Bytes, equal, fromText } from '../bytes.ts'
import { assert } from '../assert.ts'
import { CborError } from '../cbor/error.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { type ConsortiumDocument, decodeDocument, documentHash } from '../ledger/consortium.ts'
import { changeOverFault, documentFault } from '../ledger/consortiumRules.ts'
import { type ConsortiumEntry, decodeEntry } from '../ledger/entry.ts'
import { checkGenesis, decodeGenesis, type Genesis, GenesisError, networkIdOf } from '../ledger/genesis.ts'
import { arePossessed } from '../ledger/possession.ts'
import { ProofError } from '../merkle/error.ts'
import { hashLeaf } from '../merkle/hash.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { NoteError } from '../note/error.ts'
import { parseTlogProof, verifyTlogProof } from '../note/tlogProof.ts'
import { acceptancePolicy, logKeysOf } from './documentPolicy.ts'
import { TrustError, type TrustErrorCode } from './error.ts'
import { alwaysRequired } from './steps.ts'
import { parseTrustFile, trustFingerprint, writeTrustFile } from './trust.ts'
import type { ReadTrustFile, TrustDocument, TrustFile } from './trust.ts'

/** A consortium document whose place in the chain was proven. */
export interface ChainDocument {
  readonly sequence: number
  /** Index of its consortium entry. */
  readonly index: number
  readonly document: ConsortiumDocument
  readonly bytes: Bytes
}

/** A trust file that does not contradict itself. Whether it is the right one only its fingerprint says. */
export interface Trust {
  readonly file: TrustFile
  readonly genesis: Genesis
  readonly fingerprint: Bytes
  /** Documents 0, 1, ... up to the newest known. Never empty. */
  readonly chain: readonly ChainDocument[]
  readonly newest: ChainDocument
}

/** Reads a trust file and proves its chain. @throws {ReceiptError} @throws {TrustError} */
export function parseTrust(crypto: CryptoProvider, text: string): Trust {
  return openTrust(crypto, parseTrustFile(text))
}

/** Proves the chain of a trust file, and that what it says about itself is so. @throws {TrustError} */
export function openTrust(crypto: CryptoProvider, file: TrustFile | ReadTrustFile): Trust {
  if (!equal(networkIdOf(crypto, file.genesis), file.networkId)) {
    throw new TrustError('network-id-differs', 'The network id is not the hash of the genesis.')
  }
  const { genesis, document } = attempt('genesis-invalid', 'The genesis is not valid.', () => {
    const decoded = decodeGenesis(file.genesis)
    return { genesis: decoded, document: checkGenesis(crypto, decoded) }
  })
  if (genesis.name !== file.origin) throw new TrustError('origin-differs', 'The origin is not the name in the genesis.')
  if (!alwaysRequired.every((step) => file.profile.requires.includes(step))) {
    throw new TrustError('profile-incomplete', `A profile requires at least ${alwaysRequired.join(', ')}.`)
  }
  let newest: ChainDocument = { sequence: 0, index: 0, document, bytes: genesis.document }
  const chain = [newest]
  for (const next of file.documents) {
    newest = proveNext(crypto, file, newest, next)
    chain.push(newest)
  }
  const fingerprint = trustFingerprint(crypto, file)
  if ('stated' in file) checkStated(crypto, file, fingerprint, newest)
  return { file, genesis, fingerprint, chain, newest }
}

/** The text of a trust file, with its fingerprint and log keys stated. @throws {TrustError} when it is not valid. */
export function formatTrust(crypto: CryptoProvider, file: TrustFile): string {
  const { fingerprint, newest } = openTrust(crypto, file)
  return writeTrustFile(file, { fingerprint, logKeys: logKeysOf(crypto, file.origin, newest.document) })
}

/** Whether `longer` is the same pinned trust with the same documents and perhaps more. */
export function continuesTrust(pinned: Trust, longer: Trust): boolean {
  return (
    equal(pinned.fingerprint, longer.fingerprint) &&
    pinned.chain.every(({ bytes, index }, at) => {
      const other = longer.chain[at]
      return other !== undefined && other.index === index && equal(other.bytes, bytes)
    })
  )
}

function proveNext(crypto: CryptoProvider, file: TrustFile, before: ChainDocument, next: TrustDocument): ChainDocument {
  const what = `Consortium document ${before.sequence + 1}`
  const document = attempt('document-invalid', `${what} cannot be read.`, () => decodeDocument(next.document))
  const fault = documentFault(crypto, file.origin, document) ?? changeOverFault(before.document, document)
  if (fault !== null) throw new TrustError('document-invalid', `${what} breaks a rule: ${fault}.`)
  if (!arePossessed(crypto, file.origin, document)) {
    throw new TrustError('document-invalid', `${what} holds a key that nobody has proven to possess.`)
  }
  const entry = attempt('document-out-of-chain', `The entry of ${what} cannot be read.`, () => decodeEntry(next.entry))
  const proof = attempt('document-unproven', `The proof of ${what} cannot be read.`, () =>
    parseTlogProof(fromText(next.proof)),
  )
  const continues =
    entry.kind === 0 &&
    continuesChain(entry, file, before) &&
    equal(entry.documentHash, documentHash(crypto, next.document))
  if (!continues || proof.index <= before.index) {
    throw new TrustError('document-out-of-chain', `The entry of ${what} does not continue the chain.`)
  }
  attempt('document-unproven', `${what} is not proven in a checkpoint that the one before accepts.`, () => {
    const policy = acceptancePolicy(crypto, file.origin, before.document)
    const { note } = verifyTlogProof(crypto, policy, hashLeaf(crypto, next.entry), proof)
    parseCheckpoint(note.body)
  })
  return { sequence: before.sequence + 1, index: proof.index, document, bytes: next.document }
}

const continuesChain = (entry: ConsortiumEntry, file: TrustFile, before: ChainDocument): boolean =>
  equal(entry.networkId, file.networkId) &&
  entry.sequence === before.sequence + 1 &&
  entry.previousIndex === before.index

function checkStated(crypto: CryptoProvider, file: ReadTrustFile, fingerprint: Bytes, newest: ChainDocument): void {
  const { stated } = file
  if (stated.fingerprint !== null && !equal(stated.fingerprint, fingerprint)) {
    throw new TrustError('fingerprint-differs', 'The fingerprint that the file states is not its own.')
  }
  if (stated.logKeys === null) return
  const derived = logKeysOf(crypto, file.origin, newest.document)
  const same =
    derived.length === stated.logKeys.length &&
    derived.every(({ vkey, policy }, at) => stated.logKeys?.[at]?.vkey === vkey && stated.logKeys[at].policy === policy)
  if (!same) throw new TrustError('log-keys-differ', 'The log keys do not follow from the newest document.')
}

/** Runs what reads bytes of others; its errors become one of ours. Broken assumptions stay what they are. */
function attempt<T>(code: TrustErrorCode, message: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    const expected = [CborError, NoteError, ProofError, GenesisError].some((type) => cause instanceof type)
    assert(expected, `reading a trust file failed in an unexpected way: ${String(cause)}`)
    throw new TrustError(code, message, { cause })
  }
}
