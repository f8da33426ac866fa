/**
 * The trust file of this network, as this node knows it: the genesis, and every later consortium document, proven in
 * the checkpoint that was kept for it.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { type Bytes, toHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { decodeDocument } from '@jurat/core/ledger/consortium'
import { inclusionProof } from '@jurat/core/merkle/proof'
import { formatTlogProof } from '@jurat/core/note/tlogProof'
import { formatVkey, makeVkey, signatureTypes } from '@jurat/core/note/vkey'
import { formatTrust, type ProvenDocument, trustFingerprint, type TrustFile } from '@jurat/core/receipt/trust'
import type { Store, StoredDocument } from '../../store/store.ts'

/** Where the trust file's parts come from. */
export interface TrustSources {
  readonly crypto: CryptoProvider
  readonly networkId: Bytes
  readonly origin: string
  /** The genesis' bytes. */
  readonly genesis: Bytes
  readonly store: Pick<Store, 'consortiumDocuments' | 'blockOfEntry' | 'notes' | 'entry' | 'withHashes'>
}

/** Steps without which nothing is verified. A network with outside witnesses also requires their quorum. */
const requiredSteps: TrustFile['requires'] = [
  'shape',
  'digest',
  'entry',
  'inclusion',
  'log-signature',
  'quorum',
  'depositor-signature',
  'account-standing',
]

/** The trust file's text and its fingerprint, hexadecimal. */
export async function buildTrust(sources: TrustSources): Promise<{ text: string; fingerprint: string }> {
  const { crypto, networkId, origin, genesis, store } = sources
  const stored = await store.consortiumDocuments()
  const newest = stored.at(-1)
  assert(newest !== undefined, 'the store holds the first consortium document')
  const documents: ProvenDocument[] = []
  for (const document of stored) {
    if (document.sequence === 0) continue
    const proven = await provenDocument(sources, document)
    // What no checkpoint covers yet is not in force for anybody outside.
    if (proven === null) break
    documents.push(proven)
  }
  const { members } = decodeDocument(newest.document)
  const trust: TrustFile = {
    networkId,
    origin,
    genesis,
    documents,
    requires: requiredSteps,
    logKeys: members.map(({ name, keys }) => ({
      name,
      vkey: formatVkey(makeVkey(crypto, origin, signatureTypes.ed25519, keys.log)),
    })),
  }
  return { text: formatTrust(trust), fingerprint: toHex(trustFingerprint(crypto, trust)) }
}

async function provenDocument(
  { crypto, store }: TrustSources,
  { document, entryIndex }: StoredDocument,
): Promise<ProvenDocument | null> {
  const block = await store.blockOfEntry(entryIndex)
  const entry = await store.entry(entryIndex)
  if (block === null || entry === null) return null
  const size = block.treeSizeAfter
  const kept = await store.notes.at(size)
  if (kept === null) return null
  const path = await store.withHashes((read) => inclusionProof(crypto, read, entryIndex, size))
  return { document, entry, proof: formatTlogProof({ extra: null, index: entryIndex, path, note: kept.note }) }
}
