/**
 * Offline verification of an evidence package: the container, that its files are those of its list, the time-stamp token over
 * the list, and every receipt with its original. docs/spec/package.md.
 * @module
 */
import { equal, toHex, toText } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { ReceiptError, TrustError } from '@jurat/core/receipt/error'
import { tokenBytesMax } from '@jurat/core/receipt/receipt'
import type { TimeAuthority } from '@jurat/core/receipt/trust'
import { parseTrust, type Trust } from '@jurat/core/receipt/trustChain'
import { imprintAlgorithms } from '@jurat/core/timestamp/identifiers'
import { StepAbsence, StepFailure } from '../error.ts'
import { digestOf, type Hashers, OriginalError, plainHashers } from '../original.ts'
import { outcomeOf, type StepOutcome, type StepResult } from '../steps.ts'
import { cryptoEngine, judgeToken, readAuthorities } from '../timestamps/judge.ts'
import type { Verdict } from '../verdict.ts'
import { verifyReceipt } from '../verify.ts'
import { Archive } from './archive.ts'
import { checkPackageFlow, type PackageFlow } from './flowStep.ts'
import { manifestBytesMax, parseManifest } from './manifest.ts'
import { flowPath, manifestPath, mimetypePath, nameOf, originalPath, receiptPath } from './places.ts'

/** Longest receipt of a package, in bytes. */
export const packageReceiptBytesMax: number = 16 * 1_048_576

/** What is to be verified. */
export interface VerifyPackageInput {
  readonly file: Blob
  /** The trust file for a receipt, which never comes from the package; null when there is none. */
  readonly trustOf: (receipt: string) => string | Trust | null
  readonly crypto: CryptoProvider
  /** Faster hashers of the platform. */
  readonly hashers?: Hashers
  /** The fingerprint that the person pinned (64 hexadecimal digits), when trust files come from elsewhere. */
  readonly fingerprint?: string | null
  /** Told how far it is, from 0 to 1, whenever a piece was read. */
  readonly progress?: (share: number) => void
}

/** One step of the container. `flow` stands there once for each thing that is said of the flow. */
export interface PackageStep extends StepResult {
  readonly name: 'container' | 'contents' | 'stamp' | 'flow'
}

/** What a verification of a package says. */
export interface PackageVerdict {
  /**
   * `verified`: the container is whole, every receipt in it is verified with an original of the package, and the flow, if it
   * is one's, is complete and nothing is wrong with it.
   */
  readonly summary: Verdict['summary']
  readonly steps: readonly PackageStep[]
  /** By the names of the originals; null is an original without a receipt, or a pair that cannot be unpacked. */
  readonly receipts: readonly { readonly name: string; readonly verdict: Verdict | null }[]
  /** The flow to which the deposits belong; null when the package has no file of one, or it cannot be read. */
  readonly flow: PackageFlow | null
}

/** Verifies. Never throws for what stands in the file. */
export async function verifyPackage(input: VerifyPackageInput): Promise<PackageVerdict> {
  const hashers = input.hashers ?? plainHashers
  const opened: { archive: Archive | null } = { archive: null }
  const container = await outcomeOf(async () => {
    opened.archive = await openWithProgress(input)
    return { code: 'container-whole', values: { files: opened.archive.paths.length } }
  })
  const { archive } = opened
  const contents = await outcomeOf(() => checkContents(archive, hashers))
  const stamp = await outcomeOf(() => checkStamp(archive, input))
  const receipts: PackageVerdict['receipts'][number][] = []
  for (const name of archive === null ? [] : namesOf(archive)) {
    receipts.push({ name, verdict: archive === null ? null : await judge(input, archive, name) })
  }
  const steps: PackageStep[] = [
    { name: 'container', ...container },
    { name: 'contents', ...contents },
    { name: 'stamp', ...stamp },
  ]
  const judged = archive === null || !archive.has(flowPath) ? null : await judgeFlow(archive, input, receipts)
  steps.push(...(judged?.steps ?? []).map((step): PackageStep => ({ name: 'flow', ...step })))
  return { summary: summaryOf(steps, receipts), steps, receipts, flow: judged?.flow ?? null }
}

/** Receipts are read again for it, so that only one is in memory at a time. */
function judgeFlow(
  archive: Archive,
  { crypto }: VerifyPackageInput,
  receipts: PackageVerdict['receipts'],
): ReturnType<typeof checkPackageFlow> {
  return checkPackageFlow(
    archive,
    crypto,
    (async function* () {
      for (const { name, verdict } of receipts) {
        if (verdict !== null)
          yield { name, verdict, receipt: await archive.text(receiptPath(name), packageReceiptBytesMax) }
      }
    })(),
  )
}

/** Every file is read for its digest, originals and receipts once more for the receipts. */
async function openWithProgress({ file, progress = () => undefined }: VerifyPackageInput): Promise<Archive> {
  let [read, all] = [0, 1]
  const archive = await Archive.open(file, (bytes) => {
    read += bytes
    progress(Math.min(1, read / all))
  })
  all = archive.paths.reduce((sum, path) => sum + archive.size(path) * (nameOf(path) === null ? 1 : 2), 1)
  return archive
}

/** Every file but the container's own is in the list, with this digest, and nothing else is. */
async function checkContents(archive: Archive | null, hashers: Hashers): Promise<StepOutcome> {
  if (archive === null) throw new StepFailure('depends', { step: 'container' })
  if (!archive.has(manifestPath)) throw new StepFailure('contents-missing', { path: manifestPath })
  const { token, references } = parseManifest(await archive.text(manifestPath, manifestBytesMax))
  const named = new Set([mimetypePath, manifestPath, token, ...references.map(({ path }) => path)])
  const stranger = archive.paths.find((path) => !named.has(path))
  if (stranger !== undefined) throw new StepFailure('contents-stranger', { path: stranger })
  for (const { path, sha256 } of references) {
    const digest = await digestOf(archive.chunks(path), hashers(1)).catch((error: unknown) => {
      throw error instanceof OriginalError ? error.cause : error
    })
    if (!equal(digest, sha256)) throw new StepFailure('contents-differ', { path })
  }
  return { code: 'contents-same', values: { files: references.length } }
}

/** The token is over the list, and somebody whom a trust file names made it. */
async function checkStamp(archive: Archive | null, input: VerifyPackageInput): Promise<StepOutcome> {
  if (archive === null) throw new StepFailure('depends', { step: 'container' })
  const manifest = await archive.bytes(manifestPath, manifestBytesMax)
  const { token: path } = parseManifest(toText(manifest))
  const token = await archive.bytes(path, tokenBytesMax)
  const expected = { algorithm: imprintAlgorithms.sha256.identifier, digest: input.crypto.sha256(manifest) }
  const engine = cryptoEngine()
  if (engine === null) throw new StepAbsence('webcrypto-missing')
  const judged = await judgeToken(engine, token, expected, readAuthorities(await authoritiesOf(archive, input)))
  if (judged === null) throw new StepAbsence('stamp-unknown')
  return { code: 'stamped', values: { time: new Date(judged.latestMs).toISOString() } }
}

/** The authorities of the trust files of all receipts. */
async function authoritiesOf(
  archive: Archive,
  { crypto, trustOf, fingerprint = null }: VerifyPackageInput,
): Promise<TimeAuthority[]> {
  const found = new Map<string, TimeAuthority>()
  const seen = new Set<string | Trust>()
  for (const name of namesOf(archive)) {
    if (!archive.has(receiptPath(name))) continue
    const trust = trustOf(await archive.text(receiptPath(name), packageReceiptBytesMax))
    if (trust === null || seen.has(trust)) continue
    seen.add(trust)
    const opened = openTrust(crypto, trust)
    // The receipts fail with a trust file that is not the pinned one.
    if (opened === null || (fingerprint !== null && toHex(opened.fingerprint) !== fingerprint.toLowerCase())) continue
    for (const authority of opened.file.authorities) {
      found.set(toHex(authority.certificate), authority)
    }
  }
  return [...found.values()]
}

/** A trust file that cannot be read fails the receipts that are judged by it. */
function openTrust(crypto: CryptoProvider, trust: string | Trust): Trust | null {
  if (typeof trust !== 'string') return trust
  try {
    return parseTrust(crypto, trust)
  } catch (error) {
    if (error instanceof ReceiptError || error instanceof TrustError) return null
    throw error
  }
}

const namesOf = ({ paths }: Archive): string[] => [
  ...new Set(paths.map(nameOf).filter((name): name is string => name !== null)),
]

async function judge(
  { trustOf, crypto, hashers = plainHashers, fingerprint = null }: VerifyPackageInput,
  archive: Archive,
  name: string,
): Promise<Verdict | null> {
  const path = originalPath(name)
  if (!archive.has(receiptPath(name))) return null
  try {
    const receipt = await archive.text(receiptPath(name), packageReceiptBytesMax)
    const original = archive.has(path) ? archive.chunks(path) : null
    return await verifyReceipt({ original, receipt, trust: trustOf(receipt), crypto, hashers, fingerprint })
  } catch (error) {
    // What cannot be unpacked has failed a step of the container.
    if (error instanceof StepFailure || error instanceof OriginalError) return null
    throw error
  }
}

function summaryOf(steps: readonly PackageStep[], receipts: PackageVerdict['receipts']): Verdict['summary'] {
  const summaries = receipts.map(({ verdict }) => verdict?.summary ?? 'incomplete')
  if (steps.some(({ state }) => state === 'failed') || summaries.includes('failed')) return 'failed'
  const unfinished = steps.some(({ name, state }) => name === 'flow' && state === 'absent')
  if (unfinished || summaries.includes('incomplete')) return 'incomplete'
  return summaries.length === 0 ? 'incomplete' : 'verified'
}
