/**
 * The page of a correction letter.
 * @module
 */
import { fromText } from '@jurat/core/bytes'
import { message } from '@jurat/verify/messages/message'
import { footOf, localeOf, type Say } from './certificatePage.ts'
import { certificateListMax, certificateTextUnitsMax, type CorrectionContent } from './content.ts'
import { LayoutError } from './error.ts'
import { correctionFile, correctionMetadata } from './metadata.ts'
import { type Block, grouped, type LaidOut, type Row } from './page.ts'
import { shownTime } from './times.ts'

/** Lays the letter out. @throws {LayoutError} `content-too-much` */
export function correctionPage(content: CorrectionContent): LaidOut {
  const { number, corrects, issuer, network, reason, changes, decidedAtMs, certificateSha256, zoneMinutes } = content
  const outside = [
    number,
    corrects,
    issuer,
    network.name,
    reason,
    ...changes.flatMap((change) => Object.values(change)),
  ]
  if (changes.length > certificateListMax || outside.some((text) => text.length > certificateTextUnitsMax)) {
    const sentence = `a letter holds at most ${certificateListMax} changes, and texts of ${certificateTextUnitsMax} units`
    throw new LayoutError('content-too-much', sentence)
  }
  const say: Say = (key, values) => message(content.language, key, values)
  const head: Row[] = [
    { label: say('certificate.number'), value: number },
    { label: say('certificate.corrects'), value: corrects },
    { label: say('certificate.digest', { algorithm: 'SHA-256' }), value: grouped(certificateSha256), digest: true },
    { label: say('certificate.issuer'), value: issuer },
    { label: say('certificate.network'), value: network.name },
    { label: say('certificate.networkId'), value: grouped(network.id), digest: true },
    { label: say('certificate.trust'), value: grouped(network.trustFingerprint), digest: true },
    { label: say('certificate.correction.issued'), value: shownTime(decidedAtMs, zoneMinutes) },
    { label: say('certificate.reason'), value: reason },
  ]
  const blocks: Block[] = [
    { kind: 'rows', rows: head },
    { kind: 'heading', text: say('certificate.correction.changes') },
    ...changes.flatMap(({ what, was, is }): Block[] => [
      { kind: 'subheading', text: what },
      {
        kind: 'rows',
        rows: [
          { label: say('certificate.correction.was'), value: was },
          { label: say('certificate.correction.is'), value: is },
        ],
      },
    ]),
    { kind: 'notice', text: say('certificate.correction.statement') },
  ]
  const page = {
    ...localeOf(content.language),
    title: say('certificate.correction.title'),
    subtitle: network.name,
    issuer,
    logos: [],
    blocks,
    foot: footOf(number, say),
    dateMs: decidedAtMs,
  }
  const attachment = {
    name: correctionFile,
    mediaType: 'application/json',
    description: 'What this letter says, for programs',
    relationship: 'supplement',
    bytes: fromText(correctionMetadata(content)),
  } as const
  return { page, pictures: new Map(), attachments: [attachment] }
}
