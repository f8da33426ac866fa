/**
 * The trust file of this network, as this node knows it: the genesis, and every later consortium document, proven in
 * the checkpoint that was kept for it.
 * @module
 */
import { type Bytes, toHex, toText } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { inclusionProof } from '@jurat/core/merkle/proof'
import { formatTlogProof } from '@jurat/core/note/tlogProof'
import { defaultRequired } from '@jurat/core/receipt/steps'
import { type TimeAuthority, type TrustDocument, trustFingerprint, type TrustFile } from '@jurat/core/receipt/trust'
import { formatTrust } from '@jurat/core/receipt/trustChain'
import type { Store, StoredDocument } from '../../store/store.ts'

/** Where the trust file's parts come from. */
export interface TrustSources {
  readonly crypto: CryptoProvider
  readonly networkId: Bytes
  readonly origin: string
  /** The genesis' bytes. */
  readonly genesis: Bytes
  /** Time-stamp authorities that the file names. */
  readonly authorities: readonly TimeAuthority[]
  readonly store: Pick<Store, 'consortiumDocuments' | 'notes' | 'entry' | 'withHashes'>
}

/** The trust file's text and its fingerprint, hexadecimal. */
export async function buildTrust(sources: TrustSources): Promise<{ text: string; fingerprint: string }> {
  const { crypto, networkId, origin, genesis, authorities, store } = sources
  const stored = await store.consortiumDocuments()
  const documents: TrustDocument[] = []
  for (const document of stored) {
    if (document.sequence === 0) continue
    const proven = await provenDocument(sources, document)
    // What no checkpoint covers yet is not in force for anybody outside.
    if (proven === null) break
    documents.push(proven)
  }
  const profile = { requires: defaultRequired }
  const trust: TrustFile = { networkId, origin, genesis, documents, roots: [], authorities, profile }
  return { text: formatTrust(crypto, trust), fingerprint: toHex(trustFingerprint(crypto, trust)) }
}

async function provenDocument(
  { crypto, store }: TrustSources,
  { document, entryIndex, sizeAfter: size }: StoredDocument,
): Promise<TrustDocument | null> {
  const kept = await store.notes.at(size)
  if (kept === null) return null
  const entry = await store.entry(entryIndex)
  if (entry === null) return null
  const path = await store.withHashes((read) => inclusionProof(crypto, read, entryIndex, size))
  return { document, entry, proof: toText(formatTlogProof({ extra: null, index: entryIndex, path, note: kept.note })) }
}
