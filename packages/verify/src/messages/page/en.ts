/**
 * What the verifier pages say beside the verdict, in English. Placeholders are in braces.
 * @module
 */

/** Messages of the pages by key. */
export const pageEn = {
  'page.title': 'Verify evidence',
  'page.lead':
    'Is an original still what was deposited? Give it, its receipt, and the trust file of the network; or an evidence package, which holds both.',
  'page.promise.file': 'This page works without a network and cannot send anything anywhere.',
  'page.promise.node':
    'Nothing is uploaded. Your files are read in this browser alone; from its node this page can get a receipt and the trust file, and send nothing.',
  'page.language': 'Language',
  'page.files': 'Files',
  'page.drop': 'Drop the files here, all at once or one by one',
  'page.choose': 'Choose files',
  'page.slot.original': 'Original',
  'page.slot.receipt': 'Receipt',
  'page.slot.certificate': 'Certificate (PDF)',
  'page.slot.package': 'Evidence package',
  'page.slot.trust': 'Trust file',
  'page.hint.original': 'the file in question, of any length',
  'page.hint.receipt': 'came back from the deposit; its name ends in .jurat.json',
  'page.hint.certificate':
    'in place of the receipt: a certificate of deposit with its receipts in it, or any signed PDF',
  'page.hint.package': 'instead of both: holds originals and their receipts; its name ends in .asice',
  'page.hint.trust': 'names those whose signatures count; never take it from the one who gave you the evidence',
  'page.pick': 'Choose: {what}',
  'page.remove': 'Remove: {what}',
  'page.bytes': '{bytes} bytes',
  'page.fromNode': 'from this node',
  'page.fingerprint': 'Fingerprint of the trust file',
  'page.fingerprintHint':
    'Type what the court, notary or operator told you over another way: 64 digits, 0 to 9 and a to f. The trust file must have it.',
  'page.fingerprintWrong': 'This is no fingerprint: it needs 64 digits, 0 to 9 and a to f.',
  'page.confirmed': 'The trust file has the fingerprint that you typed.',
  'page.unconfirmed':
    'You have not typed a fingerprint. The verdict is worth as much as this trust file: compare its fingerprint, below, with the one that you were told over another way.',
  'page.unreadable': '{name} cannot be read: {reason}',
  'page.tooBig': '{name} is too big to be that: {bytes} bytes at most',
  'page.empty': 'The verdict appears here as soon as there is a receipt or a package.',
  'page.checking': 'Checking …',
  'page.reading': 'Reading the files',
  'page.verdict': 'Verdict',
  'page.state.valid': 'Valid',
  'page.state.invalid': 'Invalid',
  'page.state.pending': 'Valid, but not yet final',
  'page.state.unchecked': 'Cannot be checked here',
  'page.steps': 'What was checked',
  'page.step.passed': 'passed',
  'page.step.failed': 'failed',
  'page.step.absent': 'not checked',
  'page.container': 'The package itself',
  'page.certificateReceipts': 'Receipts in the certificate: {count}',
  'page.receipts': 'Receipts in the package: {count}',
  'page.facts': 'What is known',
  'page.metadata': 'Disclosed metadata',
  'page.print': 'Print',
  'page.save': 'Save the verdict as JSON',
  'page.limits': 'What no verdict shows',
  'page.limitsText':
    'A verdict shows that data is unchanged since a time. It does not show that its content was true before, nor who is right.',
  'page.certificate': 'Certificate {number}, issued by {issuer} on {time}',
  'page.certificateFile': 'Its file has the SHA-256 {digest}',
  'page.certificateCorrected': 'It is corrected by:',
  'page.certificateReplaced': 'It was issued again as:',
  'page.noCertificate': 'This node has issued no certificate with the number {number}.',
  'page.deposit': 'Deposit {number}',
  'page.stated': 'The link states this digest of the original: {digest}',
  'page.statedWrong': 'The link states something after # that is no digest. It is passed over.',
  'page.asking': 'Asking this node …',
  'page.noDeposit': 'This node has no such deposit.',
  'page.notCovered': 'Recorded, but the witnesses have not signed for it yet. Load this page again in a moment.',
  'page.noAnswer': 'This node does not answer: {reason}',
  'page.takeTrust': 'Take the trust file of this node',
  'page.takeTrustHint':
    'A node could vouch for itself. So its own trust file counts here only with the fingerprint that you type above.',
  'page.trustNeedsFingerprint': 'The trust file of this node waits for its fingerprint and does not count until then.',
  'page.packageAlone': 'The package is verified by itself. The original and the receipt beside it are not looked at.',
} as const

/** Every language has exactly these keys. */
export type PageMessages = Readonly<Record<keyof typeof pageEn, string>>
