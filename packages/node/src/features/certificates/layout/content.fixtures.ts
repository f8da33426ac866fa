/**
 * Contents of certificates and letters for tests: everything that can stand on them, with characters that are rare.
 * @module
 */
import { createHash } from 'node:crypto'
import { fromText } from '@jurat/core/bytes'
import type { Language } from '@jurat/verify/messages/language'
import type { CertificateContent, CertifiedDeposit, CorrectionContent } from './content.ts'

/** Characters of real names that fonts forget; two of them are in Debian's collection only. */
export const rareCharacters = '䶮𠮷㛃㼆䒟𬎆𬭎鎔體鑑𬬭𬣙𫖯𫍲𨱏'

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

const logo = (colour: string) =>
  ({
    type: 'svg',
    bytes: fromText(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="${colour}"/><circle cx="20" cy="10" r="7" fill="#fff"/></svg>`,
    ),
  }) as const

const recordedAtMs = Date.UTC(2027, 0, 15, 8, 0, 0, 123)

const deposit = (text: string, changes: Partial<CertifiedDeposit> = {}): CertifiedDeposit => ({
  name: `${text}.pdf`,
  mediaType: 'application/pdf',
  bytes: 123_456,
  algorithm: 'SHA-256',
  digest: digestOf(text),
  index: 101,
  treeSize: 1_000n,
  recordedAtMs,
  depositor: `張三 ${rareCharacters}`,
  level: 'certificate',
  phase: null,
  capture: null,
  receipt: `{"format": "jurat-receipt/v1", "of": "${text}"}`,
  ...changes,
})

/** What documents of these tests have in common. */
const common = {
  number: 'JC-2027-000123',
  issuer: '杭州互聯網公證處',
  network: { name: 'evidence.example/court', id: digestOf('network'), trustFingerprint: digestOf('trust') },
  address: 'https://evidence.example',
  zoneMinutes: 480,
}

/** A certificate of one deposit in a consortium. */
export function certificateOf(language: Language, changes: Partial<CertificateContent> = {}): CertificateContent {
  return {
    ...common,
    language,
    deposits: [deposit('合同')],
    members: [
      { name: 'court.example', signedAtMs: recordedAtMs + 900, logo: logo('#124') },
      { name: 'notary.example', signedAtMs: recordedAtMs + 950, logo: logo('#421') },
      { name: 'ca.example', signedAtMs: recordedAtMs + 990, logo: null },
    ],
    threshold: 3,
    finality: { height: 12, timeMs: recordedAtMs + 400 },
    tokens: [
      { authority: 'Notary time stamps', timeMs: recordedAtMs + 2_000, accuracySeconds: 1, independent: true },
      { authority: 'Network time stamps', timeMs: recordedAtMs + 1_000, accuracySeconds: 1, independent: false },
    ],
    targets: [],
    findings: [],
    texts: [],
    verifierSha256: digestOf('verify.html'),
    replaces: null,
    ...changes,
  }
}

/** A certificate on which nothing is left out. */
export function fullCertificateOf(language: Language): CertificateContent {
  return certificateOf(language, {
    deposits: [
      deposit('合同', { phase: '签署', name: `${'最終版本-'.repeat(20)}${'x'.repeat(90)}.pdf` }),
      deposit('付款', { phase: '支付', capture: 'Chromium, 12 resources, no finding', level: 'declared', index: 102n }),
      deposit('交付', { name: null, mediaType: null, bytes: null, level: 'provider' }),
    ],
    targets: [{ network: 'notary.example/log', index: 77, timeMs: recordedAtMs + 3_000 }],
    findings: ['phase "accept" is missing'],
    texts: ['公證處諮詢電話見其網站。'],
    replaces: 'JC-2027-000122',
  })
}

/** A correction letter. */
export function correctionOf(language: Language, changes: Partial<CorrectionContent> = {}): CorrectionContent {
  return {
    ...common,
    language,
    number: 'JC-2027-000124',
    corrects: 'JC-2027-000123',
    certificateSha256: digestOf('certificate'),
    reason: '存證方姓名有誤',
    changes: [{ what: '存證方', was: '張三', is: `張三 ${rareCharacters}` }],
    decidedAtMs: recordedAtMs + 86_400_000,
    ...changes,
  }
}
