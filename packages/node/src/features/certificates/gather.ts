/**
 * What a certificate says: taken only from receipts that were verified, and only when every target of the network's
 * profile has succeeded with the same fingerprint.
 * @module
 */
import { fromHex, toHex } from '@jurat/core/bytes'
import { itemAlgorithms } from '@jurat/core/deposit/item'
import type { IdentityLevel } from '@jurat/core/identity/levels'
import { levelsAscending } from '@jurat/core/identity/levels'
import { decodeEntry } from '@jurat/core/ledger/entry'
import { ReceiptError } from '@jurat/core/receipt/error'
import { formatReceipt, parseReceipt } from '@jurat/core/receipt/receipt'
import { type Fingerprint, standingOf, statedOf } from '@jurat/verify/fingerprint'
import type { StatedDigest } from '@jurat/verify/original'
import type { Signatory, Verdict } from '@jurat/verify/verdict'
import type { ProvenDeposit } from '@jurat/verify/verify'
import type { CertificateContent, CertifiedDeposit, CertifiedToken, Logo } from './layout/content.ts'

/** What certificates say by the profile of the network. */
export interface CertificateProfile {
  readonly issuer: string
  readonly address: string
  readonly prefix: string
  readonly language: CertificateContent['language']
  readonly zoneMinutes: number
  /** Whose time is needed: of an independent authority, of any that the trust file names, of none. */
  readonly time: 'independent' | 'any' | 'none'
  readonly texts: Readonly<Partial<Record<CertificateContent['language'], readonly string[]>>>
  readonly logos: ReadonlyMap<string, Logo>
  /** Further networks that must have the same fingerprint. */
  readonly required: readonly string[]
}

/** A deposit that is to be certified. */
export interface AskedDeposit {
  readonly id: string
  /** A receipt of it that opens what its holder wants to be seen: names, identity. Null: nothing. */
  readonly receipt: string | null
}

/** A deposit on a further network, verified there. */
export interface ReachedTarget {
  readonly deposit: string
  readonly target: string
  readonly state: string
  readonly algorithm: number
  readonly digest: Uint8Array
  readonly remote_index: string | null
  readonly remote_time_ms: string | null
  readonly reason: string | null
}

/** Where the facts come from. */
export interface GatherSources {
  readonly profile: CertificateProfile
  /** This network's name and id, hexadecimal. */
  readonly network: { readonly name: string; readonly id: string }
  /** The receipt's text; null while no checkpoint covers the deposit. */
  readonly receipt: (id: string) => Promise<string | null>
  readonly trust: () => Promise<{ text: string; fingerprint: string }>
  readonly examine: (job: {
    receipt: string
    trust: string
    stated: StatedDigest | null
    fingerprint: string | null
  }) => Promise<{ verdict: Verdict; proven: ProvenDeposit | null }>
  readonly reached: (deposits: readonly string[]) => Promise<readonly ReachedTarget[]>
  /** Name of whoever holds an account. */
  readonly holder: (account: string) => string
  /** What is not in order with deposits of one flow, in a language; nothing for deposits that are of none. */
  readonly findings: (
    deposits: readonly string[],
    language: CertificateContent['language'],
  ) => Promise<readonly string[]>
  /** SHA-256 of the offline verifier, hexadecimal. */
  readonly verifierSha256: () => Promise<string | null>
}

/** A content without its number, or what is missing. */
export type Gathered =
  { readonly content: Omit<CertificateContent, 'number'> } | { readonly waiting: string } | { readonly refused: string }

interface Examined {
  readonly asked: AskedDeposit
  readonly receipt: string
  readonly verdict: Verdict
  readonly proven: ProvenDeposit
}

/** Gathers it. */
export async function gather(
  sources: GatherSources,
  asked: readonly AskedDeposit[],
  language: CertificateContent['language'],
): Promise<Gathered> {
  const { profile } = sources
  const trust = await sources.trust()
  const all: Examined[] = []
  for (const deposit of asked) {
    const examined = await examined1(sources, deposit, trust)
    if (!('proven' in examined)) return examined
    const lacking = timeLacking(profile, examined.proven)
    if (lacking !== null) return { waiting: `${deposit.id}: ${lacking}` }
    all.push(examined)
  }
  const reached = profile.required.length === 0 ? [] : await sources.reached(asked.map(({ id }) => id))
  const targets: CertificateContent['targets'][number][] = []
  for (const network of profile.required) {
    for (const { asked: deposit, proven } of all) {
      const there = reached.find((one) => one.target === network && one.deposit === deposit.id)
      if (there?.state !== 'succeeded') {
        return { waiting: `${deposit.id} on ${network}: ${there?.reason ?? there?.state ?? 'not sent'}` }
      }
      if (there.algorithm !== proven.algorithm || toHex(new Uint8Array(there.digest)) !== toHex(proven.digest)) {
        return { refused: `${deposit.id}: ${network} has another fingerprint` }
      }
      targets.push({ network, index: Number(there.remote_index), timeMs: Number(there.remote_time_ms) })
    }
  }
  const [first] = all
  return {
    content: {
      language,
      issuer: profile.issuer,
      network: { ...sources.network, trustFingerprint: trust.fingerprint },
      address: profile.address,
      zoneMinutes: profile.zoneMinutes,
      deposits: all.map((one) => depositOf(sources, one)),
      members: membersOf(all.map(({ verdict }) => verdict.signatories)).map(({ name, timeMs }) => ({
        name,
        signedAtMs: timeMs,
        logo: profile.logos.get(name) ?? null,
      })),
      threshold: Math.max(...all.map(({ verdict }) => verdict.threshold ?? 0)),
      finality: all.map(({ proven }) => proven.finality).reduce(later, first?.proven.finality ?? null),
      tokens: tokensOf(all.map(({ proven }) => proven.tokens)),
      targets,
      findings: await sources.findings(
        asked.map(({ id }) => id),
        language,
      ),
      texts: profile.texts[language] ?? [],
      verifierSha256: await sources.verifierSha256(),
      replaces: null,
    },
  }
}

async function examined1(
  { receipt: receiptOf, examine }: GatherSources,
  asked: AskedDeposit,
  trust: { text: string; fingerprint: string },
): Promise<Examined | { waiting: string } | { refused: string }> {
  const own = await receiptOf(asked.id)
  if (own === null) return { waiting: `${asked.id}: no checkpoint covers it yet` }
  const { receipt, shown } = asked.receipt === null ? { receipt: own, shown: true } : disclosed(own, asked.receipt)
  if (!shown) return { refused: `${asked.id}: the receipt that opens it is of another deposit` }
  const fingerprint = fingerprintOf(receipt)
  if (fingerprint === null) return { refused: `${asked.id}: its entry is no deposit` }
  const job = { receipt, trust: trust.text, fingerprint: trust.fingerprint }
  const examined = await examine({ ...job, stated: statedOf(fingerprint) })
  const { proven } = examined
  if (proven === null) return { waiting: `${asked.id}: its receipt proves nothing yet` }
  const { summary, reason } = standingOf(examined, fingerprint)
  if (summary === 'failed') return { refused: `${asked.id}: ${reason}` }
  if (summary === 'incomplete') return { waiting: `${asked.id}: ${reason}` }
  return { asked, receipt, verdict: examined.verdict, proven }
}

/** What the receipt claims to be of; the verification shows whether it is. */
function fingerprintOf(receipt: string): Fingerprint | null {
  const entry = decodeEntry(parseReceipt(receipt).entry)
  return entry.kind === 1 ? { algorithm: entry.item.algorithm, digest: entry.item.digest } : null
}

/** The node's own receipt with what the holder's opens; the verification shows whether it is right. */
function disclosed(own: string, shown: string): { receipt: string; shown: boolean } {
  try {
    const [ours, theirs] = [parseReceipt(own), parseReceipt(shown)]
    if (toHex(ours.entry) !== toHex(theirs.entry)) return { receipt: own, shown: false }
    const { disclosure, statements } = theirs
    return { receipt: formatReceipt({ ...ours, disclosure, statements }), shown: true }
  } catch (error) {
    if (error instanceof ReceiptError) return { receipt: own, shown: false }
    throw error
  }
}

function timeLacking({ time }: CertificateProfile, { tokens }: ProvenDeposit): string | null {
  if (time === 'none' || tokens.some(({ independent }) => independent)) return null
  if (time === 'any') return tokens.length > 0 ? null : 'no time stamp yet'
  return 'no time stamp of an independent authority yet'
}

/** Names of fields in the metadata that stand on a certificate when their holder opens them. */
const fieldNames = {
  name: 'file.name',
  mediaType: 'file.type',
  bytes: 'file.size',
  phase: 'phase',
  capture: 'capture',
} as const

function depositOf({ holder }: GatherSources, { receipt, verdict, proven }: Examined): CertifiedDeposit {
  const field = (name: string): string | null => verdict.metadata.find((one) => one.name === name)?.value ?? null
  const size = field(fieldNames.bytes)
  return {
    name: field(fieldNames.name),
    mediaType: field(fieldNames.mediaType),
    bytes: size !== null && /^\d{1,15}$/.test(size) ? Number(size) : null,
    algorithm: (itemAlgorithms.get(proven.algorithm)?.name ?? String(proven.algorithm)).toUpperCase(),
    digest: toHex(proven.digest),
    index: proven.index,
    treeSize: proven.treeSize,
    recordedAtMs: verdict.recordedAtMs ?? 0,
    depositor: holder(proven.account),
    level: levelOf(verdict),
    phase: field(fieldNames.phase),
    capture: field(fieldNames.capture),
    receipt,
  }
}

/** The highest level of the statements that held; a sandbox is worth no more than a declaration. */
function levelOf({ identities }: Verdict): CertifiedDeposit['level'] {
  const held = identities.map(({ level }): IdentityLevel => level)
  const highest = levelsAscending.findLast((level) => held.includes(level))
  return highest === undefined || highest === 'sandbox' ? 'declared' : highest
}

/** Those who cosigned under every deposit, each with its latest time. */
function membersOf(receipts: readonly (readonly Signatory[])[]): { name: string; timeMs: number }[] {
  const [first = [], ...others] = receipts
  return first.flatMap(({ name, timeMs }) => {
    const times = [timeMs, ...others.map((one) => one.find((other) => other.name === name)?.timeMs ?? null)]
    return times.every((time) => time !== null) ? [{ name, timeMs: Math.max(...times) }] : []
  })
}

/** Authorities that stamped every deposit, each with its latest time. */
function tokensOf(receipts: readonly ProvenDeposit['tokens'][]): CertifiedToken[] {
  const [first = [], ...others] = receipts
  const names = [...new Set(first.map(({ authority }) => authority))]
  return names.flatMap((authority) => {
    const every = [first, ...others].map((tokens) => tokens.filter((token) => token.authority === authority))
    if (every.some((tokens) => tokens.length === 0)) return []
    const tokens = every.flat()
    const latest = tokens.reduce((one, other) => (other.timeMs > one.timeMs ? other : one))
    const accuracySeconds = Math.ceil(Math.max(...tokens.map(({ timeMs, latestMs }) => latestMs - timeMs)) / 1000)
    const independent = tokens.every((token) => token.independent)
    return [{ authority, timeMs: latest.timeMs, accuracySeconds, independent }]
  })
}

const later = <T extends { readonly timeMs: number } | null>(one: T, other: T): T =>
  one === null || other === null ? one : other.timeMs > one.timeMs ? other : one

/** A content as it is kept: the same content again when it is read. */
export function writeContent(content: object): string {
  return JSON.stringify(content, (_, value: unknown) => (value instanceof Uint8Array ? { hex: toHex(value) } : value))
}

/** Reads what {@link writeContent} has written. */
export function readContent(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('hex' in value)) return value
    return typeof value.hex === 'string' && Object.keys(value).length === 1 ? fromHex(value.hex) : value
  })
}
