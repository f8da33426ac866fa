/**
 * The page of a certificate of deposit.
 * @module
 */
import { createHash } from 'node:crypto'
import { type Bytes, fromText } from '@jurat/core/bytes'
import type { MessageValues } from '@jurat/verify/messages/fill'
import { message, type MessageKey } from '@jurat/verify/messages/message'
import {
  type CertificateContent,
  certificateDepositsMax,
  certificateListMax,
  certificateTextUnitsMax,
  type CertifiedDeposit,
  logoBytesMax,
} from './content.ts'
import { LayoutError } from './error.ts'
import { certificateFile, certificateMetadata, receiptFile } from './metadata.ts'
import { type Attachment, type Block, grouped, type LaidOut, type Page, type Row } from './page.ts'
import { shownTime } from './times.ts'

/** Says a message in the language of the document. */
export type Say = (key: MessageKey, values?: MessageValues) => string

/** Lays the content out. @throws {LayoutError} `content-too-much` */
export function certificatePage(content: CertificateContent): LaidOut {
  limit(content)
  const say: Say = (key, values) => message(content.language, key, values)
  const time = (timeMs: number): string => shownTime(timeMs, content.zoneMinutes)
  const pictures = new Map<string, Bytes>()
  const logos = content.members.flatMap(({ name, logo }, at) => {
    if (logo === null) return []
    const file = `logo-${at + 1}.${logo.type}`
    pictures.set(file, logo.bytes)
    return [{ name, file }]
  })
  const metadata = certificateMetadata(content)
  const page: Page = {
    ...localeOf(content.language),
    title: say('certificate.title'),
    subtitle: content.network.name,
    issuer: content.issuer,
    logos,
    blocks: [
      { kind: 'rows', rows: headRows(content, say, time) },
      ...content.findings.map((text): Block => ({ kind: 'notice', text: `${say('certificate.findings')}: ${text}` })),
      { kind: 'heading', text: say('certificate.deposits') },
      ...content.deposits.flatMap((deposit, at) => depositBlocks(content, deposit, at, say, time)),
      { kind: 'heading', text: say('certificate.witnesses') },
      ...witnessBlocks(content, say, time),
      { kind: 'heading', text: say('certificate.check') },
      ...checkBlocks(content, metadata, say),
      ...content.texts.map((text): Block => ({ kind: 'paragraph', text })),
      { kind: 'notice', text: say('certificate.statement') },
    ],
    foot: footOf(content.number, say),
    dateMs: asOf(content),
  }
  return { page, pictures, attachments: attachmentsOf(content, metadata) }
}

/** Language and region of a document. */
export function localeOf(language: CertificateContent['language']): Pick<Page, 'language' | 'region'> {
  if (language === 'en') return { language: 'en', region: 'GB' }
  return { language: 'zh', region: language === 'zh-TW' ? 'TW' : 'CN' }
}

/** The number at the foot of every page; the template fills in the pages. */
export const footOf = (number: string, say: Say): string => `${number} · ${say('certificate.page')}`

/** The newest time in the evidence: the date of the document, so that nothing of it comes from a clock. */
export function asOf({ deposits, members, finality, tokens, targets }: CertificateContent): number {
  return Math.max(
    ...deposits.map(({ recordedAtMs }) => recordedAtMs),
    ...members.map(({ signedAtMs }) => signedAtMs),
    ...tokens.map(({ timeMs }) => timeMs),
    ...targets.map(({ timeMs }) => timeMs),
    finality?.timeMs ?? 0,
  )
}

/**
 * Where the code leads: the number, and behind # the digest of the one deposit, or of several the SHA-256 of the attached
 * metadata, which lists them.
 */
export function certificateLink(content: CertificateContent, metadata = certificateMetadata(content)): string {
  const [first, ...others] = content.deposits
  const alone = others.length === 0 ? first?.digest : undefined
  const fragment = alone ?? createHash('sha256').update(metadata).digest('hex')
  return `${content.address}/v/${encodeURIComponent(content.number)}#${fragment}`
}

function headRows(content: CertificateContent, say: Say, time: (timeMs: number) => string): Row[] {
  const { number, issuer, network, replaces } = content
  return [
    { label: say('certificate.number'), value: number },
    ...(replaces === null ? [] : [{ label: say('certificate.replaces'), value: replaces }]),
    { label: say('certificate.issuer'), value: issuer },
    { label: say('certificate.asOf'), value: time(asOf(content)) },
    { label: say('certificate.network'), value: network.name },
    { label: say('certificate.networkId'), value: grouped(network.id), digest: true },
    { label: say('certificate.trust'), value: grouped(network.trustFingerprint), digest: true },
  ]
}

function depositBlocks(
  { deposits }: CertificateContent,
  deposit: CertifiedDeposit,
  at: number,
  say: Say,
  time: (timeMs: number) => string,
): Block[] {
  const optional = (key: MessageKey, value: string | null): Row[] =>
    value === null ? [] : [{ label: say(key), value }]
  const { name, phase, algorithm, digest, bytes, mediaType, index, treeSize, recordedAtMs } = deposit
  const size = bytes === null ? [] : [say('certificate.bytes', { bytes })]
  const rows: Row[] = [
    ...optional('certificate.name', name),
    ...optional('certificate.phase', phase),
    { label: say('certificate.digest', { algorithm }), value: grouped(digest), digest: true },
    ...optional('certificate.size', [...size, ...(mediaType === null ? [] : [mediaType])].join(', ') || null),
    {
      label: say('certificate.index'),
      value: say('certificate.indexOf', { index: String(index), size: String(treeSize) }),
    },
    { label: say('certificate.recordedAt'), value: time(recordedAtMs) },
    { label: say('certificate.depositor'), value: deposit.depositor },
    { label: say('certificate.level'), value: say(`certificate.level.${deposit.level}`) },
    ...optional('certificate.capture', deposit.capture),
  ]
  const title = say('certificate.deposit', { at: at + 1, count: deposits.length })
  return [...(deposits.length === 1 ? [] : [{ kind: 'subheading', text: title } as const]), { kind: 'rows', rows }]
}

function witnessBlocks(content: CertificateContent, say: Say, time: (timeMs: number) => string): Block[] {
  const { members, threshold, finality, tokens, targets } = content
  const blocks: Block[] = []
  const list = (title: string, rows: readonly Row[]): void => {
    if (rows.length > 0) blocks.push({ kind: 'subheading', text: title }, { kind: 'rows', rows })
  }
  if (members.length === 0) blocks.push({ kind: 'paragraph', text: say('certificate.noWitness') })
  list(
    say('certificate.members', { signed: members.length, threshold }),
    members.map(({ name, signedAtMs }) => ({
      label: name,
      value: say('certificate.signedAt', { time: time(signedAtMs) }),
    })),
  )
  if (finality !== null) {
    const value = say('certificate.finalityOf', { height: String(finality.height), time: time(finality.timeMs) })
    blocks.push({ kind: 'rows', rows: [{ label: say('certificate.finality'), value }] })
  }
  list(
    say('certificate.tokens'),
    tokens.map(({ authority, timeMs, accuracySeconds, independent }) => ({
      label: authority,
      value: say('certificate.token', {
        time: time(timeMs),
        seconds: accuracySeconds,
        independence: say(independent ? 'certificate.independent' : 'certificate.ownClock'),
      }),
    })),
  )
  list(
    say('certificate.targets'),
    targets.map(({ network, index, timeMs }) => ({
      label: network,
      value: say('certificate.target', { index: String(index), time: time(timeMs) }),
    })),
  )
  return blocks
}

function checkBlocks(content: CertificateContent, metadata: string, say: Say): Block[] {
  const { address, verifierSha256 } = content
  const paragraphs = [
    say('certificate.check.page', { address }),
    say('certificate.check.code'),
    say('certificate.check.attached'),
    say('certificate.check.signature'),
  ]
  const blocks: Block[] = [{ kind: 'code', link: certificateLink(content, metadata), paragraphs }]
  if (verifierSha256 === null) return blocks
  const row: Row = { label: say('certificate.check.verifier'), value: grouped(verifierSha256), digest: true }
  return [...blocks, { kind: 'rows', rows: [row] }]
}

function attachmentsOf({ deposits }: CertificateContent, metadata: string): Attachment[] {
  const own: Attachment = {
    name: certificateFile,
    mediaType: 'application/json',
    description: 'What this certificate says, for programs',
    relationship: 'supplement',
    bytes: fromText(metadata),
  }
  const receipts = deposits.map(({ receipt }, at): Attachment => ({
    name: receiptFile(at),
    mediaType: 'application/vnd.jurat.receipt+json',
    description: `Receipt of deposit ${at + 1}`,
    relationship: 'data',
    bytes: fromText(receipt),
  }))
  return [own, ...receipts]
}

function limit(content: CertificateContent): void {
  const tooMuch = (what: string, max: number): LayoutError =>
    new LayoutError('content-too-much', `a certificate holds ${what}, at most ${max}`)
  const { deposits, members, tokens, targets, findings, texts } = content
  if (deposits.length === 0 || deposits.length > certificateDepositsMax) {
    throw tooMuch(`${deposits.length} deposits`, certificateDepositsMax)
  }
  for (const [what, list] of Object.entries({ members, tokens, targets, findings, texts })) {
    if (list.length > certificateListMax) throw tooMuch(`${list.length} ${what}`, certificateListMax)
  }
  for (const { logo } of members) {
    if (logo !== null && logo.bytes.length > logoBytesMax) throw tooMuch('a logo of too many bytes', logoBytesMax)
  }
  const outside = [
    content.number,
    content.issuer,
    content.network.name,
    content.address,
    ...findings,
    ...texts,
    ...deposits.flatMap(({ name, mediaType, depositor, phase, capture }) => [
      name,
      mediaType,
      depositor,
      phase,
      capture,
    ]),
    ...members.map(({ name }) => name),
    ...tokens.map(({ authority }) => authority),
    ...targets.map(({ network }) => network),
  ]
  if (outside.some((text) => text !== null && text.length > certificateTextUnitsMax)) {
    throw tooMuch('a text that is too long', certificateTextUnitsMax)
  }
}
