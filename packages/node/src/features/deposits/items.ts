/**
 * From an item as a client sends it to the item's bytes on the ledger. Commitment and blinding are made here for clients
 * that send metadata or ask for blinding; the secret that opens them goes back with the answer.
 * @module
 */
import { digestAlgorithms, type DepositItem } from '@jurat/api/deposits'
import { metadataFieldsMax, metadataNameBytesMax, metadataValueBytesMax } from '@jurat/api/limits'
import { type Bytes, fromHex, fromText } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { commit, type Field } from '@jurat/core/deposit/commitment'
import { blindedDigest, encodeItem } from '@jurat/core/deposit/item'
import { JuratError } from '@jurat/core/errors'
import type { IdentityLevel } from '@jurat/core/identity/levels'

/** An item that cannot be. */
export class ItemError extends JuratError<'record-impossible'> {}

/** An item ready for a transaction. */
export interface PreparedItem {
  readonly bytes: Bytes
  /** 32 bytes; null when there is nothing to open. */
  readonly secret: Bytes | null
  /** The level that was committed to besides the metadata. */
  readonly identityLevel: IdentityLevel | null
}

/** Field of the metadata in which the node says which identity level held. Nobody else may say it. */
export const identityLevelField = 'identityLevel'

/**
 * @param account - id of the account that deposits.
 * @param level - identity level of the account now; null: none.
 * @param secretOf - makes the secret of the item; asked only when one is needed.
 * @throws ItemError naming the item by its position.
 */
export function prepareItem(
  crypto: CryptoProvider,
  account: Bytes,
  { item, position, level }: { item: DepositItem; position: number; level: IdentityLevel | null },
  secretOf: () => Bytes,
): PreparedItem {
  const { number, digestBytes } = digestAlgorithms[item.algorithm]
  const digest = fromHex(item.digest)
  const impossible = (why: string): ItemError => new ItemError('record-impossible', `items[${position}]: ${why}`)
  if (digest.length !== digestBytes) throw impossible(`a ${item.algorithm} digest has ${digestBytes} bytes`)
  if (item.metadata !== undefined && item.commitment !== undefined) {
    throw impossible('either `metadata` or `commitment`')
  }
  const flow = item.flow === undefined ? null : fromHex(item.flow)
  if (item.metadata === undefined && item.blind !== true) {
    const commitment = item.commitment === undefined ? null : fromHex(item.commitment)
    return { bytes: encodeItem({ algorithm: number, digest, commitment, flow }), secret: null, identityLevel: null }
  }
  const secret = secretOf()
  let stored = { algorithm: number as number, digest }
  if (item.blind === true) {
    if (number > 3) throw impossible(`a ${item.algorithm} digest is not blinded`)
    stored = { algorithm: number + 16, digest: blindedDigest(crypto, { account, digest, secret }) }
  }
  const identityLevel = item.metadata === undefined ? null : level
  const fields = fieldsOf(item.metadata ?? {}, identityLevel, impossible)
  const commitment =
    item.metadata === undefined
      ? item.commitment === undefined
        ? null
        : fromHex(item.commitment)
      : commit(crypto, { account, digest: stored.digest, fields, secret }).commitment
  return { bytes: encodeItem({ ...stored, commitment, flow }), secret, identityLevel }
}

/** The fields that are committed to: the metadata, and the identity level if there is one. */
function fieldsOf(
  metadata: Readonly<Record<string, string>>,
  identityLevel: IdentityLevel | null,
  impossible: (why: string) => ItemError,
): Field[] {
  if (Object.hasOwn(metadata, identityLevelField)) throw impossible(`\`${identityLevelField}\` is for the node to say`)
  const named = { ...metadata, ...(identityLevel !== null && { [identityLevelField]: identityLevel }) }
  const fields = Object.entries(named).map(([name, value]) => ({ name, value: fromText(value) }))
  if (fields.length > metadataFieldsMax) {
    throw impossible(`with \`${identityLevelField}\` these are more than ${metadataFieldsMax} fields`)
  }
  for (const { name, value } of fields) {
    if (fromText(name).length > metadataNameBytesMax)
      throw impossible(`a name has at most ${metadataNameBytesMax} bytes`)
    if (value.length > metadataValueBytesMax) throw impossible(`${name} has at most ${metadataValueBytesMax} bytes`)
  }
  return fields
}
