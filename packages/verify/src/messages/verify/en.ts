/**
 * What a verification says, in English. Placeholders are in braces.
 * @module
 */

/** Messages of verifications by key. */
export const verifyEn = {
  'verify.step.shape': 'form of the files',
  'verify.step.digest': 'digest of the original',
  'verify.step.commitment': 'disclosed metadata',
  'verify.step.entry': 'entry',
  'verify.step.inclusion': 'inclusion in the log',
  'verify.step.log-signature': 'signature of the log',
  'verify.step.quorum': 'cosignatures of the witnesses',
  'verify.step.depositor-signature': "depositor's signature",
  'verify.step.account-standing': "standing of the depositor's account",
  'verify.step.time': 'independent time',
  'verify.step.finality': 'finality of the block',
  'verify.step.flow': 'place in its flow',
  'verify.step.statements': 'identity of the depositor',
  'verify.step.container': 'container',
  'verify.step.contents': 'files of the package',
  'verify.step.stamp': 'time stamp of the package',
  'verify.step.whole-flow': 'flow of the package',

  'verify.source.token': 'a time-stamp token',
  'verify.source.quorum': 'the cosignature that completed the quorum',
  'verify.source.finality': 'the header that made the block final',
  'verify.source.network': "the network's own clock, no independent witness",

  'verify.code.depends': 'the step {step} has not passed, on which this one stands',
  'verify.code.unexpected': 'it cannot be checked: {reason}',

  'verify.code.well-formed': 'receipt and trust file can be read and fit together',
  'verify.code.receipt-unreadable': 'the receipt cannot be read: {reason}',
  'verify.code.trust-unreadable': 'the trust file cannot be read: {reason}',
  'verify.code.trust-contradicts': 'the trust file contradicts itself: {reason}',
  'verify.code.network-differs': 'the receipt is of another network than the trust file',
  'verify.code.fingerprint-differs': 'the trust file is not the one that was pinned',

  'verify.code.digest-same': 'the original has the digest that was deposited ({algorithm})',
  'verify.code.digest-differs': 'the original is not what was deposited',
  'verify.code.digest-stated': 'the stated digest is the deposited one ({algorithm}); no original was read',
  'verify.code.stated-differs': 'the stated digest is not the deposited one',
  'verify.code.stated-other': 'the stated digest is of another algorithm than the deposit ({algorithm})',
  'verify.code.original-missing': 'no original was given',
  'verify.code.salt-missing': 'the digest is blinded, and its salt is withheld',
  'verify.code.list-missing': 'a list of digests was deposited, and the place of this one is withheld',
  'verify.code.list-differs': 'the shown place in the list of digests cannot be: {reason}',
  'verify.code.disclosure-unfitting': 'a salt or a place in a list is shown that the deposit does not have',

  'verify.code.commitment-same': '{fields} of {of} fields are shown, as they were committed to',
  'verify.code.commitment-differs': 'what is shown was not committed to by this deposit',
  'verify.code.commitment-none': 'the deposit has no metadata',
  'verify.code.commitment-closed': 'the metadata is withheld',
  'verify.code.commitment-unfitting': 'metadata is shown that the deposit does not have',

  'verify.code.entry-deposit': 'a deposit, item {item} of its transaction',
  'verify.code.entry-unreadable': 'the entry cannot be read: {reason}',
  'verify.code.entry-other': 'the entry is no deposit',

  'verify.code.entry-included': 'entry {index} of {size}',
  'verify.code.proof-unreadable': 'the proof cannot be read: {reason}',
  'verify.code.note-unreadable': 'the checkpoint cannot be read: {reason}',
  'verify.code.index-differs': 'receipt and proof name two places',
  'verify.code.path-wrong': 'the entry does not stand there: {reason}',
  'verify.code.head-wrong': 'the head is not the last entry of the tree: {reason}',
  'verify.code.head-other': 'the head is no block entry',

  'verify.code.log-signed': 'signed under consortium document {document}',
  'verify.code.trust-missing': 'no trust file was given: nobody is known whose signature would count',
  'verify.code.head-missing': 'the head is missing, which names the consortium document',
  'verify.code.document-unknown':
    'the trust file does not reach the consortium document of entry {index}: update the trust file',
  'verify.code.origin-differs': 'the checkpoint is of another log',
  'verify.code.log-signature-wrong': 'the signature of the log is not valid: {reason}',
  'verify.code.log-signature-missing': 'no known key of the log signed the checkpoint',

  'verify.code.quorum-reached': '{signed} of {of} cosigned, {needed} are needed',
  'verify.code.quorum-none': 'none is asked for: the network has no independent witness',
  'verify.code.quorum-missing': '{signed} of {of} cosigned, but {needed} are needed',
  'verify.code.cosignature-wrong': 'a cosignature is not valid: {reason}',
  'verify.code.witness-note-wrong': 'the note of an outside witness is not valid: {reason}',
  'verify.code.witness-note-other': 'the note of an outside witness is of another checkpoint',
  'verify.code.document-superseded':
    'document {document} was replaced, now in force is {newest}, and the keys still in force are not enough: refresh the receipt',

  'verify.code.depositor-signed': 'signed by {keys} key(s), in a transaction of {items} item(s)',
  'verify.code.signature-missing': 'the signature is withheld',
  'verify.code.header-unreadable': 'the header cannot be read: {reason}',
  'verify.code.transaction-other': 'the signed header is not that of this deposit',
  'verify.code.transaction-network': 'the transaction was signed for another network',
  'verify.code.period-missed': 'the log took the transaction outside the period that was signed',
  'verify.code.item-path-wrong': 'the shown place among the signed items cannot be: {reason}',
  'verify.code.item-unsigned': 'the item is not among those that were signed',
  'verify.code.keys-unordered': 'the signing keys are missing or not in their order, each once',
  'verify.code.key-signature-wrong': 'a signature is not valid',

  'verify.code.account-own': 'account {name}, version {version}; the depositor held the keys',
  'verify.code.account-hosted':
    "account {name}, version {version}; the operator held the keys and signed on the depositor's behalf",
  'verify.code.account-missing': 'the account is withheld',
  'verify.code.account-entry-wrong': 'the entry of the account does not stand in the tree: {reason}',
  'verify.code.account-other': 'it is another account, or another version of it',
  'verify.code.record-differs': 'the record is not the one of the log',
  'verify.code.record-unreadable': 'the record cannot be read: {reason}',
  'verify.code.account-frozen': 'the account was frozen',
  'verify.code.account-recovering': 'the account was being recovered',
  'verify.code.keys-insufficient': 'the keys that signed were not enough for the account',

  'verify.code.time-quorum': 'the quorum was complete at {time} at the latest',
  'verify.code.time-finality': 'the header that made the block final bears the time {time}',
  'verify.code.time-own': "only the network's own clock says when",
  'verify.code.time-token': 'a time-stamp token of an independent authority says {time} at the latest',
  'verify.code.tokens-dependent':
    'there are time-stamp tokens, but of no authority that the trust file calls independent',
  'verify.code.token-unreadable': 'a time-stamp token cannot be read: {reason}',
  'verify.code.token-other': 'a time-stamp token is over something else',
  'verify.code.token-signature-wrong': 'the signature of a time-stamp token is not valid: {reason}',
  'verify.code.token-certificate-wrong': 'the certificate of a time-stamp token is not one for time stamps: {reason}',
  'verify.code.token-expired':
    'a certificate of a time-stamp token was not valid at {time}, when the token says that it was made',
  'verify.code.authority-unreadable': 'a time-stamp authority of the trust file cannot be read: {reason}',
  'verify.code.webcrypto-missing':
    'there are time-stamp tokens, and this page has no cryptography to check them with: open it over https or as a file',
  'verify.code.time-before-entry': 'the witnesses signed long before the time that the entry names',

  'verify.code.finality-none': 'the receipt carries no commit of a consensus',
  'verify.code.finality-committed':
    '{signed} of {of} members committed the header that carries size and root of the checkpoint',
  'verify.code.finality-solo': 'a network of one member has no commits that say anything',
  'verify.code.finality-height': 'the header is not that of height {height}, the one after the head',
  'verify.code.finality-other': 'the header carries another size or root than the checkpoint',
  'verify.code.finality-wrong': 'the commit does not make the header final: {reason}',

  'verify.code.flow-same': 'phase {sequence} of the flow whose key is shown',
  'verify.code.flow-none': 'the deposit belongs to no flow',
  'verify.code.flow-closed': 'the key of the flow is withheld',
  'verify.code.flow-differs': 'it is not that phase of that flow',
  'verify.code.flow-unfitting': 'a flow is shown that the deposit does not have',
  'verify.code.flow-phase': 'phase {phase}, number {sequence} of the flow whose key is shown',
  'verify.code.flow-unreadable': 'the file of the flow cannot be read: {reason}',
  'verify.code.flow-complete': '{deposits} deposits; every required phase is there',
  'verify.code.flow-refused': '{deposits} deposits; it ended by a refusal',
  'verify.code.flow-open': '{deposits} deposits; it is not complete: {phase}',
  'verify.code.flow-stranger': '{name} is no deposit of this flow',
  'verify.code.flow-unproven': 'the receipt of {name} does not prove its place in the flow',
  'verify.code.flow-gap': 'number {number} is missing ({phase})',
  'verify.code.flow-number-twice': 'number {number} stands twice ({phase})',
  'verify.code.flow-unordered':
    'number {number} ({phase}) stands in the log before the number that precedes it ({other})',
  'verify.code.flow-swapped': 'number {number}: {phase} came after {other}, before which it belongs',
  'verify.code.flow-skipped': '{phase} is missing, although {other} came',
  'verify.code.flow-stranger-phase': 'number {number}: {phase} is no phase of the template',
  'verify.code.flow-stranger-account': 'number {number}: {phase} was deposited by somebody who may not ({other})',
  'verify.code.flow-stranger-plan': 'number {number} ({phase}) was deposited under another plan',
  'verify.code.flow-phase-twice': 'number {number}: {phase} came again, which comes once',
  'verify.code.flow-after-refusal': 'number {number}: {phase} came after the flow ended by {other}',
  'verify.code.flow-withheld': 'number {number}: its phase is withheld',
  'verify.code.flow-late': 'number {number}: {phase} came late after {other}',
  'verify.code.flow-overdue': '{phase} is overdue after {other}',

  'verify.code.statements-none': 'the receipt carries no identity statement',
  'verify.code.statement-unreadable': 'an identity statement cannot be read: {reason}',
  'verify.code.statement-other': 'an identity statement is of another network or another account',
  'verify.code.statement-signature-wrong': 'the signature of an identity statement is not valid',
  'verify.code.statement-fields-wrong': 'what is shown of an identity statement does not belong to it',
  'verify.code.statement-certificate-wrong': 'the certificate of an identity statement is not one for it: {reason}',
  'verify.code.statement-unknown': 'there are identity statements, but of no CA that the trust file names',
  'verify.code.statement-other-time':
    'the identity statement held from {from} until {until}, not when this was deposited',
  'verify.code.statement-webcrypto':
    'there are identity statements, and this page has no cryptography to check them with: open it over https or as a file',
  'verify.code.statement-sandbox':
    'the identity statement is of a sandbox: nobody looked at anything (from {from} until {until})',
  'verify.code.statement-declared':
    'the network states what the depositor declared; nobody looked ({provider}, from {from} until {until}; {fields} of {of} fields are shown)',
  'verify.code.statement-contact':
    'the network states that the depositor answered there ({provider}, from {from} until {until}; {fields} of {of} fields are shown)',
  'verify.code.statement-certificate':
    'the network states that the depositor signed with the key of an X.509 certificate ({provider}, from {from} until {until}; {fields} of {of} fields are shown)',
  'verify.code.statement-provider':
    'the network states that a provider knows the person or enterprise ({provider}, from {from} until {until}; {fields} of {of} fields are shown)',

  'verify.code.container-whole': 'an evidence package of {files} files',
  'verify.code.container-unreadable': 'the package cannot be read, or not in one way only: {reason}',
  'verify.code.container-mimetype': 'it does not begin as an evidence package does (ASiC-E)',
  'verify.code.manifest-unreadable': 'the list of the files cannot be read: {reason}',
  'verify.code.contents-same': 'the {files} files of its list, and no others',
  'verify.code.contents-missing': '{path} is missing',
  'verify.code.contents-stranger': '{path} is not in the list of the files',
  'verify.code.contents-differ': '{path} is not the file of the list',
  'verify.code.stamped': 'the package was put together at {time} at the latest',
  'verify.code.stamp-unknown': 'the time stamp of the package is of no authority that a trust file names',
} as const

/** Every language has exactly these keys. */
export type VerifyMessages = Readonly<Record<keyof typeof verifyEn, string>>
