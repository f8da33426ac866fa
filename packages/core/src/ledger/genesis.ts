/**
 * The genesis of a network: its name, first accounts and first consortium document, in which its parameters stand.
 * Everything else is derived from it. docs/spec/network.md.
 * @module
 */
import { type Bytes, toHex } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { CborReader } from '../cbor/reader.ts'
import { CborWriter } from '../cbor/writer.ts'
import { domainHash } from '../crypto/domain.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { JuratError } from '../errors.ts'
import { noteBytesMax } from '../note/note.ts'
import { type AccountRecord, accountId, custodies, readAccountName } from './account.ts'
import { readAuthMap, readPublicKey, writeAuthMap } from './authMap.ts'
import { type ConsortiumDocument, decodeDocument, documentBytesMax } from './consortium.ts'
import { documentFault, isOrigin, originBytesMax } from './consortiumRules.ts'
import { arePossessed } from './possession.ts'

/** Longest genesis, in bytes. */
export const genesisBytesMax = 4_194_304

/** Most first accounts. */
export const genesisAccountsMax = 1_000

/** An account that exists from the beginning: the fields of its record that can be chosen. */
export type GenesisAccount = Pick<
  AccountRecord,
  'name' | 'authMap' | 'recoverKey' | 'encryptionKey' | 'balance' | 'custody' | 'registrarQuota'
>

/** The network that this one continues: after a lost disk, or when a solo network becomes a consortium. */
export interface Predecessor {
  readonly networkId: Bytes
  readonly origin: string
  /** Its last checkpoint, as a signed note. */
  readonly checkpoint: Bytes
}

/** A genesis. */
export interface Genesis {
  /** Name of the network, a schema-less URL; also the origin of its log. */
  readonly name: string
  /** Time of the first entries, milliseconds since 1970 UTC. */
  readonly timeMs: number
  readonly accounts: readonly GenesisAccount[]
  /** Bytes of the first consortium document. */
  readonly document: Bytes
  readonly predecessor: Predecessor | null
}

/** A genesis that can be no network's. */
export class GenesisError extends JuratError<'genesis-invalid'> {}

const genesisVersion = 1
const genesisFields = 6

/** The genesis' bytes. */
export function encodeGenesis(genesis: Genesis): Bytes {
  const writer = new CborWriter(16_384)
    .array(genesisFields)
    .uint(genesisVersion)
    .text(genesis.name)
    .uint(genesis.timeMs)
  writer.array(genesis.accounts.length)
  for (const account of genesis.accounts) {
    writer.array(7).text(account.name)
    writeAuthMap(writer, account.authMap)
    writer.bytes(account.recoverKey).nullable(account.encryptionKey, (key) => writer.bytes(key))
    writer.uint(account.balance).uint(account.custody)
    writer.nullable(account.registrarQuota, (quota) => writer.uint(quota))
  }
  writer.bytes(genesis.document)
  writer.nullable(genesis.predecessor, ({ networkId, origin, checkpoint }) =>
    writer.array(3).bytes(networkId).text(origin).bytes(checkpoint),
  )
  return writer.finish()
}

/** A genesis from its bytes. Only the shape is looked at; see {@link checkGenesis}. @throws {CborError} */
export function decodeGenesis(bytes: Bytes): Genesis {
  const reader = new CborReader(bytes, { bytesMax: genesisBytesMax })
  readGenesisVersion(reader)
  const name = reader.text(originBytesMax)
  const timeMs = reader.uint()
  const length = reader.arrayUpTo(genesisAccountsMax)
  const genesis: Genesis = {
    name,
    timeMs,
    accounts: Array.from({ length }, () => readGenesisAccount(reader)),
    document: reader.bytesUpTo(documentBytesMax),
    predecessor: reader.nullOr(() => {
      reader.array(3)
      const networkId = reader.bytes(32)
      return { networkId, origin: reader.text(originBytesMax), checkpoint: reader.bytesUpTo(noteBytesMax) }
    }),
  }
  reader.end()
  return genesis
}

/** A later version may have more fields, so it is looked at before their number. */
function readGenesisVersion(reader: CborReader): void {
  const fields = reader.array()
  const version = reader.uint()
  if (version !== genesisVersion) {
    const why = `The genesis is of version ${version} of the format, and this program reads version ${genesisVersion}`
    throw new CborError('out-of-range', `${why}: use the version of Jurat that made the network.`)
  }
  if (fields !== genesisFields) throw new CborError('wrong-length', `A genesis has ${genesisFields} fields.`)
}

function readGenesisAccount(reader: CborReader): GenesisAccount {
  reader.array(7)
  return {
    name: readAccountName(reader),
    authMap: readAuthMap(reader),
    recoverKey: readPublicKey(reader),
    encryptionKey: reader.nullOr(() => readPublicKey(reader)),
    balance: reader.uint(),
    custody: reader.uint(custodies.hosted),
    registrarQuota: reader.nullOr(() => reader.uint()),
  }
}

/** Id of the network: hash of the genesis' bytes, 32 bytes. */
export function networkIdOf(crypto: Pick<CryptoProvider, 'sha256'>, genesis: Bytes): Bytes {
  return domainHash(crypto, 'network', genesis)
}

/**
 * Holds a genesis to the rules and gives its consortium document.
 * @throws {GenesisError} when it breaks one; @throws {CborError} when the document is none.
 */
export function checkGenesis(crypto: CryptoProvider, genesis: Genesis): ConsortiumDocument {
  if (!isOrigin(genesis.name)) throw invalid('its name is no schema-less URL')
  const document = decodeDocument(genesis.document)
  const fault = documentFault(crypto, genesis.name, document)
  if (fault !== null) throw invalid(`its consortium document is refused (${fault})`)
  if (!arePossessed(crypto, genesis.name, document)) throw invalid('a key of its consortium document is not proven')
  checkAccounts(crypto, genesis.accounts, document.parameters.keysMax)
  return document
}

function checkAccounts(crypto: CryptoProvider, accounts: readonly GenesisAccount[], keysMax: number): void {
  // No operation makes money, so a bounded sum here means that no balance ever overflows.
  let supply = 0
  for (const { name, authMap, recoverKey, encryptionKey, balance } of accounts) {
    supply += balance
    if (!Number.isSafeInteger(supply)) throw invalid('all balances together are more than 2^53 - 1')
    if (authMap.length > keysMax) throw invalid(`${name} has more than ${keysMax} keys`)
    const keys = [
      recoverKey,
      ...authMap.map((key) => key.publicKey),
      ...(encryptionKey === null ? [] : [encryptionKey]),
    ]
    if (!keys.every((key) => crypto.isPublicKey(key))) throw invalid(`a key of ${name} is not valid`)
  }
  const ids = new Set(accounts.map(({ name }) => toHex(accountId(crypto, name))))
  if (ids.size < accounts.length) throw invalid('two accounts have one name')
}

const invalid = (why: string): GenesisError => new GenesisError('genesis-invalid', `The genesis is not valid: ${why}.`)
