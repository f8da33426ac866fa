/**
 * A node's data folder: taken exclusively, founded on the first start, opened on later ones.
 * @module
 */
import { join } from 'node:path'
import type { Bytes } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
import type { OutsideWitness } from '@jurat/core/ledger/consortium'
import { parseVkey } from '@jurat/core/note/vkey'
import type { Config } from '../config.ts'
import type { WitnessConfig } from '../config/values.ts'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { randomSecretKey } from '../features/accounts.ts'
import { found, FoundingError, type Founding, frontName, registrarName, soloMemberName } from '../features/founding.ts'
import { defaultMasterKeyPath, findMasterKey, type FoundMasterKey } from '../features/keys/masterKey.ts'
import { makeNodeKeys, type NodeKeys, readNodeKeys } from '../features/keys/nodeKeys.ts'
import { createSealer, type Sealer } from '../features/keys/seal.ts'
import { systemClock } from '../platform/clock.ts'
import type { Files } from '../platform/files.ts'
import { readGenesisParameters } from './genesisParameters.ts'
import { openMember } from './network/adopt.ts'
import { readOwnJoin } from './network/join.ts'

/** The data folder is not what it should be. */
export class DataFolderError extends JuratError<'data-folder-broken'> {}

/** Files and folders inside the data folder. */
export const dataPaths = (data: string): Readonly<Record<PathName, string>> => ({
  lock: join(data, 'lock'),
  keys: join(data, 'keys'),
  genesis: join(data, 'genesis.cbor'),
  founding: join(data, 'founding'),
  credentials: join(data, 'credentials'),
  blobs: join(data, 'blobs'),
  postgres: join(data, 'postgres'),
  /** Office work of a backup that waits for the database. */
  office: join(data, 'office.jsonl'),
  logs: join(data, 'logs'),
  alarms: join(data, 'alarms'),
  trust: join(data, 'trust.json'),
  bootstrap: join(data, 'bootstrap.json'),
})

type PathName =
  | 'lock'
  | 'keys'
  | 'genesis'
  | 'founding'
  | 'credentials'
  | 'blobs'
  | 'postgres'
  | 'office'
  | 'logs'
  | 'alarms'
  | 'trust'
  | 'bootstrap'

/** What a founding makes, and what a founding that broke off left behind. */
const foundedNames = ['segments', 'log', 'state', 'index', 'notes', 'signer', 'credentials', 'keys', 'genesis.cbor']

/** Names of this node's member and accounts. */
export interface MemberNames {
  readonly member: string
  readonly registrar: string
  readonly front: string
  /** Where the others reach this node, as it joined; the document in force may say otherwise. */
  readonly addresses: readonly string[]
}

/** An open data folder. */
export interface DataFolder {
  readonly data: string
  readonly files: Files
  readonly keys: NodeKeys
  readonly sealer: Sealer
  readonly masterKey: FoundMasterKey
  readonly genesis: Bytes
  /** Who this node is in its network. */
  readonly member: MemberNames
  /** Not null on the first start, until `founded` was called. */
  readonly founding: Founding | null
  /** Whether the signer state is to be made on the first start; a member's is made when it joins. */
  readonly beginsSigner: boolean
  /** Ends the founding: from now on the folder is a node's. */
  readonly founded: () => Promise<void>
  readonly release: () => Promise<void>
}

/**
 * Opens the data folder of a configuration.
 * @param mayFound - whether an empty folder becomes a new network (`start`), or is an error (every other command).
 * @throws DataFolderError, MasterKeyError, SealError, FoundingError, CeremonyError; StoreError `locked`.
 */
export async function openDataFolder(
  config: Config,
  files: Files,
  environment: NodeJS.ProcessEnv,
  mayFound: boolean,
): Promise<DataFolder> {
  const { data } = config
  const paths = dataPaths(data)
  await files.makeFolder(data)
  const lock = await files.lock(paths.lock)
  try {
    const own = await readOwnJoin(files, data)
    const fresh = own === null && (await isFresh(files, data))
    if (fresh && !mayFound) throw new DataFolderError('data-folder-broken', `${data} holds no node`)
    const masterKey = await findMasterKey(files, {
      value: config.masterKey,
      file: config.masterKeyFile ?? defaultMasterKeyPath(environment),
      makeFor: fresh ? data : null,
    })
    const sealer = createSealer(masterKey.key)
    const common = { data, files, sealer, masterKey, release: () => lock.release() }
    if (own !== null) {
      const place = { files, data, sealer, own, genesisFile: config.genesis }
      const opened = await openMember({ ...place, genesisPath: paths.genesis, credentialsPath: paths.credentials })
      const { name, addresses } = own.member
      const { registrar, front } = own.accounts
      const member = { member: name, registrar: registrar.name, front: front.name, addresses }
      return { ...common, ...opened, member, beginsSigner: false }
    }
    if (config.genesis !== null) throw new DataFolderError('data-folder-broken', notJoined(data))
    const opened = fresh ? await foundNetwork(config, files, sealer) : await readNetwork(data, files, sealer)
    return {
      ...common,
      ...opened,
      member: { member: soloMemberName, registrar: registrarName, front: frontName, addresses: [] },
      beginsSigner: fresh,
      founded: async () => {
        await files.replaceFile(paths.genesis, opened.genesis)
        await files.remove(paths.founding)
        await files.syncFolder(data)
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

const notJoined = (data: string): string =>
  `${data} has joined no network, so --genesis does not belong to it: its keys are made by jurat network join`

/** Whether the folder is to be founded. What a founding that broke off left is removed: nobody was told of it. */
async function isFresh(files: Files, data: string): Promise<boolean> {
  const names = await files.list(data)
  if (names.includes('founding')) {
    for (const name of names) if (foundedNames.includes(name)) await files.remove(join(data, name))
    return true
  }
  if (names.includes('genesis.cbor')) return false
  const left = names.filter((name) => foundedNames.includes(name))
  if (left.length === 0) return true
  throw new DataFolderError(
    'data-folder-broken',
    `${data} holds ${left.join(', ')} but no genesis.cbor: restore it from a backup, nothing is made anew over it`,
  )
}

interface OpenedNetwork {
  readonly keys: NodeKeys
  readonly genesis: Bytes
  readonly founding: Founding | null
}

async function foundNetwork(config: Config, files: Files, sealer: Sealer): Promise<OpenedNetwork> {
  const paths = dataPaths(config.data)
  await files.replaceFile(paths.founding, new Uint8Array(0))
  const keys = await makeNodeKeys(files, paths.keys, sealer)
  const witnesses = config.witnesses.map(witnessOf)
  const founding = found(
    nodeCrypto,
    {
      name: config.network,
      timeMs: systemClock.now(),
      rawFront: config.rawFront,
      parameters: await readGenesisParameters(config.genesisParameters),
      witnesses,
      witnessQuorum: config.witnessQuorum ?? witnesses.length,
      addresses: config.url === null ? [] : [config.url],
      keys,
    },
    { secretKey: randomSecretKey(), recoverKey: randomSecretKey() },
  )
  return { keys, genesis: founding.genesis, founding }
}

async function readNetwork(data: string, files: Files, sealer: Sealer): Promise<OpenedNetwork> {
  const paths = dataPaths(data)
  const genesis = await files.readFile(paths.genesis)
  if (genesis === null) throw new DataFolderError('data-folder-broken', `${paths.genesis} is missing`)
  return { genesis, keys: await readNodeKeys(files, paths.keys, sealer), founding: null }
}

/** A witness of a document from the configuration. @throws FoundingError */
export function witnessOf({ url, vkeys }: WitnessConfig): OutsideWitness {
  const keys = vkeys.map((text) => parseVkey(nodeCrypto, text)).toSorted((a, b) => a.signatureType - b.signatureType)
  const [first, second] = keys
  if (first === undefined || keys.some(({ name }) => name !== first.name)) {
    throw new FoundingError('founding-invalid', `the keys of the witness at ${url} must have one name`)
  }
  const both = second === undefined ? ([first.publicKey] as const) : ([first.publicKey, second.publicKey] as const)
  return { name: first.name, keys: both, url }
}
