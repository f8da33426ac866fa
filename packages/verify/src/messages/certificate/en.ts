/**
 * What stands on a certificate of deposit and on a correction letter, in English. Placeholders are in braces.
 * @module
 */

/** Messages of certificates by key. */
export const certificateEn = {
  'certificate.title': 'Certificate of deposit',
  'certificate.correction.title': 'Correction letter',
  'certificate.number': 'Number',
  'certificate.issuer': 'Issued by',
  'certificate.network': 'Network',
  'certificate.networkId': 'Network id',
  'certificate.trust': 'Fingerprint of the trust file',
  'certificate.asOf': 'Evidence as of',
  'certificate.replaces': 'In place of certificate',
  'certificate.corrects': 'Corrects certificate',
  'certificate.reason': 'Reason',
  'certificate.correction.issued': 'Date of the letter',
  'certificate.correction.statement':
    'The certificate named above stays recorded and unchanged. Read it together with this letter.',
  'certificate.correction.changes': 'What is corrected',
  'certificate.correction.was': 'It said',
  'certificate.correction.is': 'It should say',
  'certificate.deposits': 'What was deposited',
  'certificate.deposit': 'Deposit {at} of {count}',
  'certificate.name': 'Name',
  'certificate.phase': 'Phase',
  'certificate.digest': 'Digest ({algorithm})',
  'certificate.size': 'Size and type',
  'certificate.bytes': '{bytes} bytes',
  'certificate.index': 'Position in the log',
  'certificate.indexOf': 'entry {index}, proven in the tree of {size} entries',
  'certificate.recordedAt': 'Recorded at',
  'certificate.depositor': 'Depositor',
  'certificate.level': 'Identity',
  'certificate.level.declared': 'as declared, not checked',
  'certificate.level.contact': 'contact address checked',
  'certificate.level.certificate': 'checked by a certificate (X.509)',
  'certificate.level.provider': 'checked by an identity provider',
  'certificate.capture': 'How it was captured',
  'certificate.findings': 'What is not in order',
  'certificate.witnesses': 'Who vouches for it',
  'certificate.members': 'Members whose signatures count ({signed} signed, {threshold} needed)',
  'certificate.noWitness': 'No independent member has signed: only the operator of the network vouches for this log.',
  'certificate.signedAt': 'signed at {time}',
  'certificate.finality': 'Final by agreement of the members',
  'certificate.finalityOf': 'block {height}, at {time}',
  'certificate.tokens': 'Time stamps (RFC 3161)',
  'certificate.token': '{time}, plus or minus {seconds} s; {independence}',
  'certificate.independent': 'independent of the operator',
  'certificate.ownClock': 'of the operator itself',
  'certificate.targets': 'Further networks that hold the same digests',
  'certificate.target': 'entry {index}, at {time}',
  'certificate.check': 'How to verify',
  'certificate.check.page':
    'Open {address}/verify, or the file verify.html without any network, and drop this file, the original and the trust file on it. Take the trust file, or its fingerprint, from a member or a court and never from whoever hands you this certificate.',
  'certificate.check.code':
    'The code leads to this number; what stands behind # never leaves your device and is compared there.',
  'certificate.check.attached':
    'The receipts are attached to this file. Each proves its deposit without this certificate and without its issuer.',
  'certificate.check.verifier': 'SHA-256 of verify.html',
  'certificate.check.signature':
    'The electronic signature of the issuer over this file can be checked with any PDF reader that trusts its authority.',
  'certificate.statement':
    'This certificate shows that the data existed in this form at the time stated and is the same to this day if it has the digest stated. It does not show that what the data says is true, nor who made it.',
  'certificate.page': 'page {page} of {pages}',
} as const

/** Every language has exactly these keys. */
export type CertificateMessages = Readonly<Record<keyof typeof certificateEn, string>>
