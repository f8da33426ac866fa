/**
 * `start --genesis`: a data folder that has joined becomes a node of the network, once its genesis holds the join unchanged.
 * docs/spec/network.md, Ceremony.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join as joinPath } from 'node:path'
import { type Bytes, equal } from '@jurat/core/bytes'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import type { Founding } from '../../features/founding.ts'
import { type NodeKeys, readNodeKeys } from '../../features/keys/nodeKeys.ts'
import type { Sealer } from '../../features/keys/seal.ts'
import type { Files } from '../../platform/files.ts'
import { joinDifferences, readGenesis } from './check.ts'
import { forgetDepositor, holdsKeysOf, readDepositor } from './join.ts'
import { CeremonyError, type Join } from './joinFile.ts'

/** What a member's folder gives. */
export interface MemberFolder {
  readonly keys: NodeKeys
  readonly genesis: Bytes
  /** Not null until the first start has made the first organisation. */
  readonly founding: Founding | null
  /** Ends the founding. */
  readonly founded: () => Promise<void>
}

/** Where a member's folder is opened. */
export interface MemberPlace {
  readonly files: Files
  readonly data: string
  readonly sealer: Sealer
  readonly own: Join
  /** The file of `--genesis`; null when none was named. */
  readonly genesisFile: string | null
  /** Where the genesis lies, or will lie, in the data folder. */
  readonly genesisPath: string
  /** Where credentials lie: what an unfinished founding left there is removed. */
  readonly credentialsPath: string
}

/**
 * Opens it; the first time it takes the genesis over.
 * @throws CeremonyError when there is no genesis, or it is not the one of this folder, or does not hold the join.
 */
export async function openMember(place: MemberPlace): Promise<MemberFolder> {
  const { files, data, sealer, own } = place
  const keys = await readNodeKeys(files, joinPath(data, 'keys'), sealer)
  const genesis = await genesisOf(place, keys)
  const depositor = await readDepositor(files, data, sealer, own)
  // Until the founding has ended nobody was told an API key, so an unfinished one begins again.
  if (depositor !== null) await files.remove(place.credentialsPath)
  return {
    keys,
    genesis,
    founding: depositor === null ? null : { genesis, depositor },
    founded: () => forgetDepositor(files, data),
  }
}

async function genesisOf({ files, data, own, genesisFile, genesisPath }: MemberPlace, keys: NodeKeys): Promise<Bytes> {
  const kept = await files.readFile(genesisPath)
  const given = genesisFile === null ? null : await readFile(genesisFile)
  if (kept !== null) {
    if (given === null || equal(kept, given)) return kept
    throw refused(`${genesisFile} is another genesis than that of ${data}`)
  }
  if (given === null) {
    const { network } = own
    throw refused(`${data} has joined ${network} and waits for its genesis: jurat node start --genesis FILE`)
  }
  // Later the keys may be newer than the join: ballots replace them.
  if (!holdsKeysOf(keys, own)) throw refused(`the keys in ${data} are not those of its join.json`)
  const checked = readGenesis(nodeCrypto, given, genesisFile ?? '')
  const [difference] = joinDifferences(checked, own)
  if (difference !== undefined) throw refused(`${genesisFile} is not what ${own.member.name} joined: ${difference}`)
  await files.replaceFile(genesisPath, given)
  return given
}

const refused = (why: string): CeremonyError => new CeremonyError('ceremony-refused', why)
