/**
 * What the library's failures mean, in English. `{detail}` is its own English sentence, which is more exact.
 * @module
 */

/** Messages by the code of the library's error. */
export const sdkEn = {
  'sdk.node-unreachable': '{detail}',
  'sdk.answer-malformed': '{detail}',
  'sdk.operation-unknown': '{detail}',
  'sdk.parameter-missing': '{detail}',
  'sdk.passphrase-wrong': '{detail}',
  'sdk.key-file-malformed': '{detail}',
  'sdk.key-unknown': '{detail}',
  'sdk.key-map-invalid': '{detail}',
  'sdk.transaction-file-malformed': '{detail}',
  'sdk.signature-missing': '{detail}',
  'sdk.receipt-mismatch': '{detail}',
  'sdk.receipt-malformed': '{detail}',
  'sdk.trust-malformed': '{detail}',
  'sdk.batcher-closed': '{detail}',
  'sdk.index-beyond': '{detail}',
  'sdk.authority-unreachable': '{detail}',
  'sdk.authority-refused': '{detail}',
  'sdk.gave-up': '{detail}',
} as const

/** Every language has exactly these keys. */
export type SdkMessages = Readonly<Record<keyof typeof sdkEn, string>>
