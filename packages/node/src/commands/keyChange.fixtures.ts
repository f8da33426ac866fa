/**
 * A member's folder over a disk in memory, and a ledger that grows by documents, for tests of rotating keys.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { encodeDocument, type ConsortiumDocument, type Role, roles } from '@jurat/core/ledger/consortium'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import { proveMember } from '@jurat/core/ledger/possession'
import { encodeConsortiumState } from '@jurat/core/ledger/workspace'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { testSecret } from '../engine/network.fixtures.ts'
import { type DocumentKeyName, documentKeyNames, makeNextKeys, type NextKeys } from '../features/keys/nextKeys.ts'
import { makeNodeKeys, type NodeKeys, readNodeKeys } from '../features/keys/nodeKeys.ts'
import { createSealer } from '../features/keys/seal.ts'
import { MemoryLog } from '../log/memoryLog.fixtures.ts'
import type { MemoryFiles } from '../platform/memoryFiles.ts'
import type { DataFolder } from './dataFolder.ts'
import { roleOfKey } from './heldKeys.ts'
import type { KeyChangeParts } from './keyChange.ts'

/** Name of the network under test. */
export const testOrigin = 'jurat.example/rotation'
export const testSealer = createSealer(new Uint8Array(32).fill(1))

/** Where the keys lie. */
export const testKeys = '/data/keys'

const member = { member: 'court', registrar: 'registrar', front: 'front', addresses: [] }

/** What of a data folder holds keys. */
export type KeyFolder = Pick<DataFolder, 'files' | 'data' | 'sealer' | 'member' | 'keys'>

/** The folder of the member `court`; its keys are made when they are not there. */
export async function keyFolder(files: MemoryFiles): Promise<KeyFolder> {
  const there = (await files.list(testKeys)).includes('ballot')
  if (!there) {
    await files.makeFolder('/data')
    await files.syncFolder('/')
    await makeNodeKeys(files, testKeys, testSealer)
    await files.syncFolder('/data')
  }
  const keys = await readNodeKeys(files, testKeys, testSealer)
  return { files, data: '/data', sealer: testSealer, member, keys }
}

/** What `network rotate` writes. */
export const prepareNext = ({ files }: KeyFolder, names: readonly DocumentKeyName[]): Promise<NextKeys> =>
  makeNextKeys(files, testKeys, testSealer, names)

/** A document of four members in which `court` has these keys. */
export function documentWith(keys: Pick<NodeKeys, DocumentKeyName>, quorum = 3): ConsortiumDocument {
  const own = Object.fromEntries(documentKeyNames.map((name) => [roleOfKey[name], keys[name]])) as Record<Role, Bytes>
  const secretsOf = (name: string): Record<Role, Bytes> =>
    Object.fromEntries(
      roles.map((role) => [role, testSecret(`${name} ${role}`, role === 'executorMldsa44' ? 5 : 1)]),
    ) as Record<Role, Bytes>
  const members = ['authority', 'court', 'forensics', 'notary'].map((name) => {
    const place = { name, addresses: [`https://${name}.example`] }
    return proveMember(nodeCrypto, testOrigin, place, name === 'court' ? own : secretsOf(name))
  })
  return { members, quorum, witnesses: [], witnessQuorum: 0, parameters: defaultParameters }
}

/** A log whose view tells the newest document, as a ledger's does. */
export class DocumentLog extends MemoryLog {
  #state: Bytes = new Uint8Array(0)

  constructor(first: ConsortiumDocument) {
    super(encodeDocument(first))
    this.#become(first, 0, 0)
  }

  readonly view: KeyChangeParts['store']['view'] = { get: () => this.#state }

  /** The next block, which brings this document. */
  bring(document: ConsortiumDocument): ReturnType<MemoryLog['grow']> {
    const { size: entryIndex } = this.durable
    const block = this.grow([`document ${entryIndex}`], encodeDocument(document))
    this.#become(document, entryIndex, entryIndex)
    return block
  }

  /** The checkpoint of the whole tree is complete. */
  async complete(): Promise<void> {
    const { size } = this.durable
    await this.notes.put({ size, timeMs: 0, note: new Uint8Array(1) })
  }

  #become(document: ConsortiumDocument, sequence: number, entryIndex: number): void {
    this.#state = encodeConsortiumState({
      network: testOrigin,
      sequence,
      documentBytes: encodeDocument(document),
      entryIndex,
    })
  }
}
