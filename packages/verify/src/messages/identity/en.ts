/**
 * What people are told while they are verified, in English. Placeholders are in braces.
 * @module
 */

/** Messages of identities by key. */
export const identityEn = {
  'identity.reason.field-missing': '`{field}` is missing',
  'identity.reason.field-unknown': '`{field}` is not asked for here',
  'identity.reason.field-malformed': '`{field}` does not have the form that it must have',
  'identity.reason.field-check': 'the check digit of `{field}` is wrong: there is no such number',
  'identity.reason.certificate-unreadable': 'the certificate cannot be read: {reason}',
  'identity.reason.certificate-usage': 'the certificate is not one for signing: {reason}',
  'identity.reason.certificate-unknown':
    'no CA that this node trusts stands behind the certificate; send the certificates between it and the CA too',
  'identity.reason.certificate-expired': 'the certificate, or one above it, is only valid from {from} until {until}',
  'identity.reason.certificate-revoked': 'the certificate, or one above it, was revoked',
  'identity.reason.certificate-key':
    'the key of the certificate is too short, or of an algorithm that is not taken: RSA of 2,048 bits and more, P-256, P-384, P-521, Ed25519',
  'identity.reason.list-stale':
    'the list of revoked certificates of its CA was good until {until}: the operator of the node must renew it',
  'identity.reason.list-unreadable': 'a list of revoked certificates of this node cannot be read: {reason}',
  'identity.reason.signature-wrong': 'the key of the certificate did not sign this challenge',
  'identity.reason.code-wrong': 'the code is wrong',
  'identity.reason.mail-failed': 'the letter could not be sent: look at the address, or try later',
  'identity.reason.login-refused': 'the login was not confirmed ({reason})',
  'identity.reason.login-unreachable': 'the login service does not answer: try later',
  'identity.reason.redirect-unknown': 'the login may not send you back to that address',
  'identity.reason.ended':
    'the verification has ended: it was answered, its time is over, or there were too many wrong answers',

  'identity.letter.subject': 'Code for {network}: {code}',
  'identity.letter.text':
    'Your code is {code}. It counts for {minutes} minutes.\n\nSomebody asked {network} to confirm this address. If it was not you, do nothing, and give the code to nobody.\n',
} as const

/** Every language has exactly these keys. */
export type IdentityMessages = Readonly<Record<keyof typeof identityEn, string>>
