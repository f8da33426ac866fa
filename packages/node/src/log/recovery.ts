/**
 * The end of a muted start: what did this log sign before its signer state was lost? Only the outside witnesses know.
 * It goes on with notes of all witnesses of its policy, and at least one; otherwise the log is read-only for ever
 * (ledger.md, Signer state). A note counts only with a valid signature by the log's own key.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { consistencyProof, verifyConsistency } from '@jurat/core/merkle/proof'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { openNote, parseNote } from '@jurat/core/note/note'
import type { Store } from '../store/store.ts'
import type { TreeHead } from './checkpointSigner.ts'
import type { LogPolicy } from './logPolicy.ts'
import type { WitnessClient } from './witnessClient.ts'

/** What recovery needs. */
export interface RecoveryOptions {
  readonly origin: string
  readonly store: Pick<Store, 'notes' | 'withHashes'>
  readonly crypto: CryptoProvider
  readonly policy: LogPolicy
  readonly clients: readonly WitnessClient[]
  /** The durable tree of this node. */
  readonly head: TreeHead
  readonly timeoutMs: number
}

/**
 * `recovered`: the largest tree that was signed. `waiting`: ask again later. `ended`: this log signs nothing again, because
 * `signed` (null: nobody can say what) was signed and is not here.
 */
export type RecoveryOutcome =
  | { readonly kind: 'recovered'; readonly head: TreeHead }
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'ended'; readonly reason: string; readonly signed: TreeHead | null }

/** Asks every witness of the policy once. */
export async function recoverSignerState(options: RecoveryOptions): Promise<RecoveryOutcome> {
  if (options.clients.length === 0)
    return { kind: 'ended', reason: 'no outside witness can say what it has signed', signed: null }
  const kept = await ownNote(options)
  const answers = await Promise.all(options.clients.map((client) => askWitness(options, client, kept)))
  let largest: TreeHead | null = null
  for (const head of [...answers, kept]) {
    if (typeof head === 'string') continue
    if (head === null) continue
    if (head.size > options.head.size) {
      const reason = `${head.size} entries were signed, of which only ${options.head.size} are here`
      return { kind: 'ended', reason, signed: head }
    }
    if (!(await extendsTree(options, head))) {
      const reason = `a tree of ${head.size} entries was signed that is not the one that is here`
      return { kind: 'ended', reason, signed: head }
    }
    if (largest === null || head.size > largest.size) largest = head
  }
  const silent = answers.find((answer) => typeof answer === 'string')
  if (silent !== undefined) return { kind: 'waiting', reason: silent }
  if (largest === null) return { kind: 'waiting', reason: 'no witness has given a note' }
  return { kind: 'recovered', head: { size: largest.size, root: largest.root } }
}

/** A signed tree head, with its note. */
interface SignedHead extends TreeHead {
  readonly note: Bytes
}

/** The newest note that this node has kept, if it is in its backup. */
async function ownNote(options: RecoveryOptions): Promise<SignedHead | null> {
  const kept = await options.store.notes.newest()
  if (kept === null) return null
  const { body } = openNote(parseNote(kept.note), [options.policy.logVerifier])
  const { size, root } = parseCheckpoint(body)
  return { size, root, note: kept.note }
}

/** What a witness has seen, or a sentence that says why that is unknown. */
async function askWitness(
  options: RecoveryOptions,
  client: WitnessClient,
  kept: SignedHead | null,
): Promise<SignedHead | string> {
  const { name } = client.witness
  const seen = await client.seen(options.origin, [options.policy.logVerifier], options.timeoutMs)
  if (seen.kind === 'note') return seen
  if (seen.kind === 'unreachable') return `${name} is not reachable: ${seen.reason}`
  // A witness without a monitoring endpoint can be shown the newest kept note again: that signs nothing new, and its
  // cosignature says that it has seen nothing larger.
  if (kept === null || kept.size > options.head.size) return `${name} gives no note`
  const { store, crypto, timeoutMs } = options
  const { note, size } = kept
  const proof = (oldSize: number): Promise<readonly Bytes[]> =>
    store.withHashes((read) => consistencyProof(crypto, read, oldSize, size))
  const answer = await client.cosign({ note, size, timeoutMs, proof })
  if (answer.kind === 'cosigned') return kept
  if (answer.kind === 'ahead') return `${name} claims to have seen ${answer.size} entries, and gives no note`
  return `${name} gives no note (${answer.kind})`
}

/** Whether the tree here extends a signed one. */
export async function extendsTree(
  options: Pick<RecoveryOptions, 'head' | 'crypto'> & { readonly store: Pick<Store, 'withHashes'> },
  signed: TreeHead,
): Promise<boolean> {
  const { head, crypto, store } = options
  if (signed.size > head.size) return false
  if (signed.size === head.size) return equal(signed.root, head.root)
  if (signed.size === 0) return true
  const path = await store.withHashes((read) => consistencyProof(crypto, read, signed.size, head.size))
  try {
    verifyConsistency(crypto, {
      oldSize: signed.size,
      oldRoot: signed.root,
      newSize: head.size,
      newRoot: head.root,
      path,
    })
    return true
  } catch {
    return false
  }
}
