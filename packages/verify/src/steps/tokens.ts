/**
 * The time-stamp tokens of a receipt. They are judged before the quorum is counted, because an independent one may show that
 * a checkpoint is older than the end of the keys that signed it; what is wrong with one fails the step `time`.
 * docs/spec/verification.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { Item } from '@jurat/core/deposit/item'
import { decodeEntry } from '@jurat/core/ledger/entry'
import type { ChainDocument, Trust } from '@jurat/core/receipt/trustChain'
import { imprintAlgorithms } from '@jurat/core/timestamp/identifiers'
import type { Case } from '../case.ts'
import { reading, StepAbsence, StepFailure } from '../error.ts'
import type { ExpectedImprint, JudgedToken } from '../timestamps/judge.ts'

/** A token of a known authority, and what it is over. */
export interface CountedToken extends JudgedToken {
  readonly over: 'note' | 'digest'
}

const sm3 = '1.2.156.10197.1.401'

/** Judges every token. What it finds is on the case: the tokens, or the fault of the first that is wrong. */
export async function judgeTokens(verification: Case): Promise<void> {
  const { timestamps } = verification.receipt
  if (timestamps.length === 0) return
  try {
    // The library for certificates is only read when there is a token.
    const { cryptoEngine, judgeToken, readAuthorities } = await import('../timestamps/judge.ts')
    const engine = cryptoEngine()
    if (engine === null) throw new StepAbsence('webcrypto-missing')
    const authorities = readAuthorities(verification.trust?.file.authorities ?? [])
    const counted: CountedToken[] = []
    for (const { over, token } of timestamps) {
      const judged = await judgeToken(engine, token, expectedImprint(verification, over), authorities)
      if (judged !== null) counted.push({ ...judged, over })
    }
    verification.tokens = counted
  } catch (error) {
    verification.tokenFault = error instanceof Error ? error : new StepFailure('unexpected', { reason: String(error) })
  }
}

/** What a token must be over; null when there is no such thing. */
function expectedImprint({ crypto, claimed, entry }: Case, over: 'note' | 'digest'): ExpectedImprint | null {
  const { identifier: sha256 } = imprintAlgorithms.sha256
  if (over === 'note') {
    // Without a note that can be read, `inclusion` has failed, and nothing can be said of the token.
    if (claimed === null) throw new StepAbsence('depends', { step: 'inclusion' })
    return { algorithm: sha256, digest: crypto.sha256(claimed.bytes) }
  }
  if (entry === null) throw new StepAbsence('depends', { step: 'entry' })
  const algorithm = hashOf(entry.item)
  return algorithm === null ? null : { algorithm, digest: entry.item.digest }
}

/** The hash algorithm of an item's digest; a list has a count before its hash, so it is none. */
function hashOf({ algorithm }: Item): string | null {
  if (algorithm === 1 || algorithm > 16) return imprintAlgorithms.sha256.identifier
  if (algorithm === 2) return sm3
  return algorithm === 3 ? imprintAlgorithms.sha512.identifier : null
}

/**
 * Whether an independent token shows that the note is older than the document that replaced `document`: then its keys were in
 * force when they signed, whatever became of them.
 */
export function isOlderThanChange({ tokens }: Case, trust: Trust, document: ChainDocument): boolean {
  const entry: Bytes | undefined = trust.file.documents[document.sequence]?.entry
  if (entry === undefined) return false
  const { timeMs: changedAtMs } = reading('entry-unreadable', () => decodeEntry(entry))
  return tokens.some(({ over, independent, latestMs }) => over === 'note' && independent && latestMs < changedAtMs)
}
