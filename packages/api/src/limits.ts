/**
 * Limits of the HTTP interface. A client may rely on them; the node refuses what is beyond.
 * @module
 */

/** A JSON body. 5,000 items of 400 bytes of text. */
export const jsonBodyBytesMax = 2_097_152
/** A signed transaction. The network's own parameter may be smaller. */
export const transactionBytesMax = 1_048_576
/** Body of POST /v1/verifications. Larger receipts and trust files are verified offline. */
export const verificationBodyBytesMax = 2_097_152
/** Body of `/log/add`: it must fit into one entry. */
export const rawBodyBytesMax = 4096
/** Body of `/witness/add-checkpoint`. */
export const witnessBodyBytesMax = 65_536
/** Body of a request for a time stamp. */
export const timestampQueryBytesMax = 4096
/** Body of a request for the status of certificates. */
export const statusRequestBytesMax = 4096
/** One original in the blob store. */
export const originalBytesMax = 10_737_418_240
/** Items of one POST /v1/deposits. */
export const itemsMax = 5000
/** Metadata fields of one item. */
export const metadataFieldsMax = 64
/** Name of a metadata field. */
export const metadataNameBytesMax = 128
/** Value of a metadata field. */
export const metadataValueBytesMax = 1024
/** `Idempotency-Key`, printable ASCII. */
export const idempotencyKeyBytesMax = 128
/** Entries that one question for a digest answers with. */
export const digestMatchesMax = 100
/** Body of the routes of identities: certificates in PEM are the longest. */
export const identityBodyBytesMax = 131_072
/** Fields of an input or an answer, and characters of each. */
export const identityFieldsMax = 16
export const identityValueCharactersMax = 65_536
/** Rows of one page of a list. */
export const pageRowsMax = 1000
