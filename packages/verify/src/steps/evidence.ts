/**
 * Steps about the deposit itself: digest, commitment, entry, inclusion, flow. docs/spec/verification.md.
 * @module
 */
import { type Bytes, concat, equal, fromText } from '@jurat/core/bytes'
import { verifyDisclosure } from '@jurat/core/deposit/commitment'
import { flowId } from '@jurat/core/deposit/flow'
import { blindedOffset, blindWithSalt, type Item } from '@jurat/core/deposit/item'
import { type DepositEntry, decodeEntry } from '@jurat/core/ledger/entry'
import { hashLeaf } from '@jurat/core/merkle/hash'
import { rootFromInclusion, verifyInclusion } from '@jurat/core/merkle/proof'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { parseNote } from '@jurat/core/note/note'
import { parseTlogProof } from '@jurat/core/note/tlogProof'
import { phaseField } from '@jurat/core/flow/plan'
import type { Disclosure } from '@jurat/core/receipt/receipt'
import { type Case, proven } from '../case.ts'
import { reading, StepAbsence, StepFailure } from '../error.ts'
import { metadataText } from '../metadataText.ts'
import { digestOf, isPlainAlgorithm, type PlainAlgorithm, type StatedDigest } from '../original.ts'
import type { StepOutcome } from '../steps.ts'

/** Algorithm of an item that is a list of the depositor's own digests. */
const listAlgorithm = 9

/** The entry is a deposit. Read before `digest`, which compares with it. */
export function checkEntry(verification: Case): StepOutcome {
  const entry = reading('entry-unreadable', () => decodeEntry(verification.receipt.entry))
  if (entry.kind !== 1) throw new StepFailure('entry-other')
  verification.entry = entry
  return { code: 'entry-deposit', values: { item: entry.itemIndex } }
}

/** The original, or the digest that is stated in its place, is what was deposited. */
export async function checkDigest(verification: Case): Promise<StepOutcome> {
  const { item, account } = proven(verification.entry, 'entry')
  const { original, stated, hashers } = verification
  const { blindingSalt: salt = null, list = null } = verification.receipt.disclosure ?? {}
  const algorithm = plainAlgorithmOf(item, verification.receipt.disclosure)
  const isDeposited = (digest: Bytes): boolean =>
    list !== null
      ? isListed(verification, item.digest, digest)
      : equal(salt === null ? digest : blindWithSalt(verification.crypto, { account, salt, digest }), item.digest)
  if (original !== null && !isDeposited(await digestOf(original, hashers(algorithm)))) {
    throw new StepFailure('digest-differs')
  }
  if (stated !== null && !isDeposited(statedDigest(stated, algorithm))) throw new StepFailure('stated-differs')
  if (original === null && stated === null) throw new StepAbsence('original-missing')
  return { code: original === null ? 'digest-stated' : 'digest-same', values: { algorithm: plainNames[algorithm] } }
}

/** A stated digest of the algorithm that the deposit has; of another one nothing follows. */
function statedDigest({ algorithm, digest }: StatedDigest, deposited: PlainAlgorithm): Bytes {
  const other = algorithm !== null && algorithm !== deposited
  if (other || digest.length !== digestBytes[deposited]) {
    throw new StepAbsence('stated-other', { algorithm: plainNames[deposited] })
  }
  return digest
}

const digestBytes: Readonly<Record<PlainAlgorithm, number>> = { 1: 32, 2: 32, 3: 64 }

/** The algorithm of the original's own digest; what the holder shows must be what the item needs. */
function plainAlgorithmOf({ algorithm }: Item, disclosure: Disclosure | null): PlainAlgorithm {
  const { blindingSalt: salt = null, list = null } = disclosure ?? {}
  const blinded = algorithm > blindedOffset
  const listed = algorithm === listAlgorithm
  if ((salt !== null && !blinded) || (list !== null && !listed)) throw new StepFailure('disclosure-unfitting')
  if (blinded && salt === null) throw new StepAbsence('salt-missing')
  if (listed && list === null) throw new StepAbsence('list-missing')
  const plain = list?.algorithm ?? (blinded ? algorithm - blindedOffset : algorithm)
  if (!isPlainAlgorithm(plain)) throw new StepFailure('disclosure-unfitting')
  return plain
}

const plainNames: Readonly<Record<PlainAlgorithm, string>> = { 1: 'SHA-256', 2: 'SM3', 3: 'SHA-512' }

/** Whether a digest is a leaf of the deposited list: u64 count ‖ tree hash over the digests. */
function isListed({ crypto, receipt }: Case, listDigest: Bytes, digest: Bytes): boolean {
  const list = receipt.disclosure?.list ?? null
  if (list === null) return false
  const count = Number(new DataView(listDigest.buffer, listDigest.byteOffset).getBigUint64(0))
  const leafHash = hashLeaf(crypto, digest)
  const root = reading('list-differs', () =>
    rootFromInclusion(crypto, { leafHash, index: list.index, size: count, path: list.path }),
  )
  return equal(concat(listDigest.subarray(0, 8), root), listDigest)
}

/** What is disclosed was committed to, for this deposit. */
export function checkCommitment(verification: Case): StepOutcome {
  const { item, account } = proven(verification.entry, 'entry')
  const disclosed = verification.receipt.disclosure?.fields ?? null
  if (item.commitment === null) {
    if (disclosed !== null) throw new StepFailure('commitment-unfitting')
    throw new StepAbsence('commitment-none')
  }
  if (disclosed === null) throw new StepAbsence('commitment-closed')
  const { digest, commitment } = item
  if (!verifyDisclosure(verification.crypto, { account, digest, commitment }, disclosed)) {
    throw new StepFailure('commitment-differs')
  }
  // Leaf 0 only ties the commitment to its deposit.
  verification.metadata = disclosed.fields.slice(1)
  return { code: 'commitment-same', values: { fields: verification.metadata.length, of: disclosed.count - 1 } }
}

/** Entry and head stand in the tree of the checkpoint. The head is the last entry, so that nobody can choose it. */
export function checkInclusion(verification: Case): StepOutcome {
  const { crypto, receipt } = verification
  const proof = reading('proof-unreadable', () => parseTlogProof(fromText(receipt.proof)))
  const claimed = reading('note-unreadable', () => {
    const note = parseNote(proof.note)
    return { note, bytes: proof.note, checkpoint: parseCheckpoint(note.body) }
  })
  const { size, root } = claimed.checkpoint
  if (proof.index !== receipt.index) throw new StepFailure('index-differs')
  reading('path-wrong', () => {
    const leafHash = hashLeaf(crypto, receipt.entry)
    verifyInclusion(crypto, { leafHash, index: proof.index, size, path: proof.path, root })
  })
  if (receipt.head !== null) {
    const { entry, path } = receipt.head
    verification.head = reading('head-wrong', () => {
      verifyInclusion(crypto, { leafHash: hashLeaf(crypto, entry), index: size - 1, size, path, root })
      const decoded = decodeEntry(entry)
      if (decoded.kind !== 3) throw new StepFailure('head-other')
      return decoded
    })
  }
  verification.claimed = claimed
  return { code: 'entry-included', values: { index: receipt.index, size } }
}

/** The item belongs to the flow whose key the holder shows. */
export function checkFlow(verification: Case): StepOutcome {
  const { item }: DepositEntry = proven(verification.entry, 'entry')
  const shown = verification.receipt.disclosure?.flow ?? null
  if (item.flow === null) {
    if (shown !== null) throw new StepFailure('flow-unfitting')
    throw new StepAbsence('flow-none')
  }
  if (shown === null) throw new StepAbsence('flow-closed')
  if (!equal(flowId(verification.crypto, shown.key, shown.sequence), item.flow)) throw new StepFailure('flow-differs')
  const phase = verification.metadata.find(({ name }) => name === phaseField)
  const { sequence } = shown
  if (phase === undefined) return { code: 'flow-same', values: { sequence } }
  return { code: 'flow-phase', values: { sequence, phase: metadataText(phase.value) } }
}
