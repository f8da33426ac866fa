/**
 * Offline verification of a receipt: a list of named steps. Needs no network and trusts nothing inside the receipt. The
 * same code runs in Node and in browsers. docs/spec/verification.md.
 * @module
 */
import { type Bytes, toHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { custodies } from '@jurat/core/ledger/account'
import { ReceiptError, TrustError } from '@jurat/core/receipt/error'
import { parseReceipt, type Receipt } from '@jurat/core/receipt/receipt'
import { defaultRequired, type StepName } from '@jurat/core/receipt/steps'
import { parseTrust, type Trust } from '@jurat/core/receipt/trustChain'
import { Case } from './case.ts'
import { StepFailure } from './error.ts'
import { metadataText } from './metadataText.ts'
import { type Hashers, type Original, plainHashers, type StatedDigest } from './original.ts'
import { checkFinality } from './steps/finality.ts'
import { StepList, type StepOutcome } from './steps.ts'
import { checkLogSignature, checkQuorum, checkTime, independentTime } from './steps/checkpoint.ts'
import { checkSignature, checkStanding } from './steps/depositor.ts'
import { checkCommitment, checkDigest, checkEntry, checkFlow, checkInclusion } from './steps/evidence.ts'
import { checkStatements } from './steps/statements.ts'
import { type CountedToken, judgeTokens } from './steps/tokens.ts'
import type { Verdict } from './verdict.ts'

/** What is to be verified. */
export interface VerifyInput {
  /** Bytes of the original, or chunks of them; null or missing leaves the digest unverified. */
  readonly original?: Original | null
  /** A digest that must be the deposited one, in place of the original or beside it: from a link, or from a program. */
  readonly stated?: StatedDigest | null
  /** Text of the receipt. */
  readonly receipt: string
  /**
   * The trust file that the person pinned, as text or as it was opened before; null when there is none. It never comes
   * from the receipt.
   */
  readonly trust: string | Trust | null
  readonly crypto: CryptoProvider
  /** Faster hashers of the platform. */
  readonly hashers?: Hashers
  /** The fingerprint that the person pinned (64 hexadecimal digits), when the trust file comes from elsewhere. */
  readonly fingerprint?: string | null
}

/**
 * Verifies. Never throws for what stands in the files, however hostile: that is a failed step.
 * @throws {OriginalError} when the original cannot be read to its end.
 */
export async function verifyReceipt(input: VerifyInput): Promise<Verdict> {
  return (await examineReceipt(input)).verdict
}

/** What was proven of a deposit, for whoever writes it down again. Only of use with a verdict. */
export interface ProvenDeposit {
  readonly index: number
  /** Size of the tree in which everything was proven. */
  readonly treeSize: number
  /** Digest algorithm by its number (core/deposit/item.ts). */
  readonly algorithm: number
  readonly digest: Bytes
  /** The depositor's account, hexadecimal. */
  readonly account: string
  /** Tokens of authorities of the trust file. Times in milliseconds since 1970 UTC. */
  readonly tokens: readonly Pick<CountedToken, 'authority' | 'timeMs' | 'latestMs' | 'independent'>[]
  /** The block that the members made final; null in a network of one. */
  readonly finality: { readonly height: number; readonly timeMs: number } | null
}

/** Verifies, and gives what was proven; null when entry or inclusion were not. @throws as `verifyReceipt` does */
export async function examineReceipt(
  input: VerifyInput,
): Promise<{ readonly verdict: Verdict; readonly proven: ProvenDeposit | null }> {
  const steps = new StepList()
  const opened = await steps.obtain('shape', { code: 'well-formed', values: {} }, () => openCase(input))
  if (opened !== null) await runSteps(steps, opened)
  return { verdict: verdictOf(steps, opened), proven: opened === null ? null : provenOf(opened) }
}

function provenOf({ receipt, entry, claimed, head, tokens, finalityTimeMs }: Case): ProvenDeposit | null {
  if (entry === null || claimed === null || head === null) return null
  return {
    index: receipt.index,
    treeSize: claimed.checkpoint.size,
    algorithm: entry.item.algorithm,
    digest: entry.item.digest,
    account: toHex(entry.account),
    tokens: tokens.map(({ authority, timeMs, latestMs, independent }) => ({
      authority,
      timeMs,
      latestMs,
      independent,
    })),
    finality: finalityTimeMs === null ? null : { height: head.height, timeMs: finalityTimeMs },
  }
}

/** The id (hexadecimal) of the network that a receipt names, to find a pinned trust file by; null if it has none. */
export function networkOfReceipt(receipt: string): string | null {
  try {
    return toHex(parseReceipt(receipt).networkId)
  } catch {
    return null
  }
}

/** Both files can be read, the trust file proves its chain, and they are of one network. */
function openCase(input: VerifyInput): Case {
  const { crypto, original = null, stated = null, hashers = plainHashers, fingerprint = null } = input
  const receipt = readReceipt(input.receipt)
  const trust = typeof input.trust === 'string' ? readTrust(crypto, input.trust) : input.trust
  if (trust !== null && toHex(trust.file.networkId) !== toHex(receipt.networkId)) {
    throw new StepFailure('network-differs')
  }
  if (fingerprint !== null && (trust === null || toHex(trust.fingerprint) !== fingerprint.toLowerCase())) {
    throw new StepFailure('fingerprint-differs')
  }
  return new Case({ crypto, hashers, original, stated, receipt, trust })
}

function readReceipt(text: string): Receipt {
  try {
    return parseReceipt(text)
  } catch (error) {
    if (error instanceof ReceiptError) throw new StepFailure('receipt-unreadable', { reason: error.message }, error)
    throw error
  }
}

function readTrust(crypto: CryptoProvider, text: string): Trust {
  try {
    return parseTrust(crypto, text)
  } catch (error) {
    if (error instanceof ReceiptError) throw new StepFailure('trust-unreadable', { reason: error.message }, error)
    if (error instanceof TrustError) throw new StepFailure('trust-contradicts', { reason: error.message }, error)
    throw error
  }
}

/** Each step stands on those above it; the list of the verdict keeps its own order. */
async function runSteps(steps: StepList, opened: Case): Promise<void> {
  const run = (name: StepName, step: (of: Case) => StepOutcome | Promise<StepOutcome>): Promise<void> =>
    steps.run(name, () => step(opened))
  await run('entry', checkEntry)
  await run('inclusion', checkInclusion)
  await judgeTokens(opened)
  await run('log-signature', checkLogSignature)
  await run('quorum', checkQuorum)
  await run('depositor-signature', checkSignature)
  await run('account-standing', checkStanding)
  await run('finality', checkFinality)
  await run('time', checkTime)
  await run('commitment', checkCommitment)
  await run('flow', checkFlow)
  await run('statements', checkStatements)
  await run('digest', checkDigest)
}

function verdictOf(list: StepList, opened: Case | null): Verdict {
  const trust = opened?.trust ?? null
  const { steps, summary } = list.finish(trust?.file.profile.requires ?? defaultRequired)
  return {
    summary,
    ...timesOf(opened, summary),
    network: trust?.file.origin ?? null,
    networkId: trust === null ? null : toHex(trust.file.networkId),
    trustFingerprint: trust === null ? null : toHex(trust.fingerprint),
    newestDocument: trust?.newest.sequence ?? null,
    ...signatories(opened),
    signedByOperator: opened?.account == null ? null : opened.account.custody === custodies.hosted,
    metadata: (opened?.metadata ?? []).map(({ name, value }) => ({ name, value: metadataText(value) })),
    identities: opened?.identities ?? [],
    steps,
  }
}

/** The earliest time that somebody independent vouches for; without one the network's own, and named so. */
function timesOf(opened: Case | null, summary: Verdict['summary']): Pick<Verdict, 'unchangedSince' | 'recordedAtMs'> {
  // The log has signed for the entry's time once a document of the trust file accepts its signature.
  const recordedAtMs = opened?.document == null ? null : (opened.entry?.timeMs ?? null)
  if (opened === null || recordedAtMs === null || summary !== 'verified') return { unchangedSince: null, recordedAtMs }
  const independent = independentTime(opened)
  return { unchangedSince: independent ?? { timeMs: recordedAtMs, source: 'network' }, recordedAtMs }
}

function signatories(opened: Case | null): Pick<Verdict, 'signatories' | 'threshold' | 'outsideWitnesses'> {
  const quorum = opened?.quorum ?? null
  if (opened === null || quorum === null) return { signatories: [], threshold: null, outsideWitnesses: [] }
  const { members, witnesses } = quorum.document.document
  const names = (members.length === 1 ? witnesses : members).map(({ name }) => name)
  return {
    signatories: quorum.verdict.members.map(({ name, timeSeconds }, at) => ({
      name: names[at] ?? name,
      timeMs: timeSeconds === null ? null : timeSeconds * 1000,
    })),
    threshold: quorum.verdict.threshold,
    outsideWitnesses: opened.outside,
  }
}
