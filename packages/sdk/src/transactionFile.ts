/**
 * A transaction on its way from one signer to the next, as a JSON file. What is signed is only the bytes in it; what
 * people read is always made from these bytes, never stored beside them.
 * @module
 */
import { equal, fromBase64, fromHex, toBase64, toHex } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { decodeHeader, signaturesMax, signingMessage } from '@jurat/core/ledger/transaction'
import { SdkError } from './errors.ts'
import { operationNames, payloadHashOf } from './operations.ts'
import { transactionHash } from './transactions.ts'
import type { OpenTransaction } from './transactions.ts'

const formatName = 'jurat-transaction/v1'

/** Longest file that is read, in characters: the longest transaction of any network in base64, and the signatures. */
export const transactionFileCharactersMax: number = 8 * 1024 * 1024

/** Writes the file. */
export function formatTransactionFile({ headerBytes, payload, signatures }: OpenTransaction): string {
  const file = {
    format: formatName,
    header: toBase64(headerBytes),
    payload: toBase64(payload),
    signatures: signatures.map(({ publicKey, signature }) => ({
      publicKey: toHex(publicKey),
      signature: toBase64(signature),
    })),
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

/**
 * Reads the file. The payload must be the header's, and every signature must be valid: a signer does not add to what
 * can never be accepted.
 * @throws {SdkError} `transaction-file-malformed`.
 */
export function parseTransactionFile(crypto: CryptoProvider, text: string): OpenTransaction {
  try {
    return read(crypto, text)
  } catch (cause) {
    if (cause instanceof SdkError) throw cause
    throw new SdkError('transaction-file-malformed', 'This is not a transaction file.', { cause })
  }
}

function read(crypto: CryptoProvider, text: string): OpenTransaction {
  if (text.length > transactionFileCharactersMax) throw malformed('it is too long')
  const file = JSON.parse(text) as Record<string, unknown> | null
  if (file?.['format'] !== formatName) throw malformed(`"format" is not "${formatName}"`)
  const headerBytes = fromBase64(string(file['header']))
  const payload = fromBase64(string(file['payload']))
  const header = decodeHeader(headerBytes)
  if (!equal(payloadHashOf(crypto, header.type, payload), header.payloadHash)) {
    throw malformed('the payload is not the one that the header names')
  }
  const list = file['signatures']
  if (!Array.isArray(list) || list.length > signaturesMax) throw malformed('"signatures" is no list')
  const message = signingMessage(headerBytes)
  const signatures = list.map((each: unknown) => readSignature(crypto, message, each))
  return { header, headerBytes, payload, signatures }
}

function readSignature(crypto: CryptoProvider, message: Bytes, value: unknown): { publicKey: Bytes; signature: Bytes } {
  const fields = value as Record<string, unknown> | null
  const publicKey = fromHex(string(fields?.['publicKey']))
  const signature = fromBase64(string(fields?.['signature']))
  if (!crypto.verify(publicKey, message, signature)) throw malformed('a signature is not valid')
  return { publicKey, signature }
}

const malformed = (why: string): SdkError =>
  new SdkError('transaction-file-malformed', `This is not a transaction file that can be used: ${why}.`)

function string(value: unknown): string {
  if (typeof value === 'string') return value
  throw malformed('a part is missing')
}

/** What a transaction says, field by field, from the bytes that are signed. */
export function describeTransaction(crypto: CryptoProvider, transaction: OpenTransaction): Record<string, string> {
  const { header, payload } = transaction
  return {
    transaction: toHex(transactionHash(crypto, transaction)),
    network: toHex(header.networkId),
    operation: `${String(header.type)} ${operationNames[header.type] ?? 'unknown'}`,
    from: toHex(header.from),
    to: header.to === null ? '-' : toHex(header.to),
    value: String(header.value),
    time: new Date(header.timestampMs).toISOString(),
    until: new Date(header.timestampMs + header.periodMs).toISOString(),
    payload: toHex(payload),
  }
}
