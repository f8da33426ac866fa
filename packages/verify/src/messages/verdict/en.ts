/**
 * What a verdict says as a whole, wherever it is shown, in English. Placeholders are in braces.
 * @module
 */

/** Messages of verdicts by key. */
export const verdictEn = {
  'verdict.unchanged': 'unchanged since {time} ({source})',
  'verdict.verifiedWithoutTime': 'unchanged since it was recorded; no independent time',
  'verdict.failed': 'FAILED: the evidence does not hold',
  'verdict.incomplete': 'INCOMPLETE: a required step could not be checked',
  'verdict.required': '(required)',
  'verdict.recordedAt': 'recorded at {time} by the clock of the network',
  'verdict.network': 'network {network}',
  'verdict.trust': 'trust file {fingerprint}',
  'verdict.noTrust': 'no trust file: nobody is known whose signature would count',
  'verdict.notProven':
    'This shows that the data is unchanged since then. It does not show that its content was true before.',
  'verdict.members': 'signed by {signed} of {all}, {threshold} needed:',
  'verdict.outside': 'besides, {signed} of {all} outside witnesses have cosigned the same tree:',
  'verdict.noWitness': 'no independent witness: only the operator vouches for this log',
  'verdict.didNotSign': 'did not sign',
  'verdict.signedByOperator': "signed by the operator on the depositor's behalf",
  'verdict.signedByDepositor': 'signed by the depositor',
  'verdict.package.verified': 'the package holds: {count} receipt(s), all verified',
  'verdict.package.failed': 'FAILED: the package does not hold',
  'verdict.package.incomplete': 'INCOMPLETE: something required could not be checked',
  'verdict.package.noReceipt': 'no receipt that could be checked',
  'verdict.record.verified': 'the data is unchanged since {time}, as an evidence record shows',
  'verdict.record.failed': 'FAILED: the evidence record does not hold',
  'verdict.record.incomplete': 'INCOMPLETE: the evidence record could not be checked to its end',
  'verdict.pending':
    'NOT YET FINAL: nothing contradicts the evidence, but its independent confirmation is still missing',
  'verdict.digestOnly':
    'Only a digest was compared: this speaks of whatever has that digest, not of a file that was looked at.',
  'verdict.pdf.verified': 'the PDF holds: {signatures} signature(s), {count} receipt(s), all verified',
  'verdict.pdf.failed': 'FAILED: the PDF does not hold',
  'verdict.pdf.incomplete': 'INCOMPLETE: nothing contradicts the PDF, but something required could not be checked',
  'verdict.pdf.signature': '{field}: signature',
  'verdict.pdf.stamp': '{field}: time stamp of the document',
  'verdict.pdf.reason': 'reason, as the signer gives it: {reason}',
} as const

/** Every language has exactly these keys. */
export type VerdictMessages = Readonly<Record<keyof typeof verdictEn, string>>
