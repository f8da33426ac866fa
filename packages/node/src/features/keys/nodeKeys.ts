/**
 * The keys that the node itself holds, one sealed file each in `keys/`: made once, at the first start.
 * Layout: docs/spec/key-store.md.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Bytes } from '@jurat/core/bytes'
import { type Algorithm, algorithms } from '@jurat/core/crypto/provider'
import { JuratError } from '@jurat/core/errors'
import type { Files } from '../../platform/files.ts'
import type { Sealer } from './seal.ts'

/** Every key of a node: its file's name, its algorithm, what it is for. */
export const nodeKeyTable: Readonly<Record<NodeKeyName, { readonly algorithm: Algorithm; readonly use: string }>> = {
  ballot: { algorithm: algorithms.ed25519, use: 'votes of this member for operations of admin' },
  log: { algorithm: algorithms.ed25519, use: 'checkpoints of the log' },
  'executor-ed25519': { algorithm: algorithms.ed25519, use: 'cosignatures of the own network, in a consortium' },
  'executor-mldsa44': { algorithm: algorithms.mldsa44, use: 'the same, safe against quantum computers' },
  validator: { algorithm: algorithms.ed25519, use: 'votes on blocks, in a consortium' },
  transport: { algorithm: algorithms.ed25519, use: 'connections to other members' },
  registrar: { algorithm: algorithms.ed25519, use: 'the account that makes accounts' },
  front: { algorithm: algorithms.ed25519, use: 'the account that signs raw bodies' },
  'witness-ed25519': { algorithm: algorithms.ed25519, use: 'cosignatures of logs of others' },
  'witness-mldsa44': { algorithm: algorithms.mldsa44, use: 'the same, safe against quantum computers' },
}

/** Name of a key. */
export type NodeKeyName =
  | 'ballot'
  | 'log'
  | 'executor-ed25519'
  | 'executor-mldsa44'
  | 'validator'
  | 'transport'
  | 'registrar'
  | 'front'
  | 'witness-ed25519'
  | 'witness-mldsa44'

/** Secret keys: algorithm byte and 32 bytes. */
export type NodeKeys = Readonly<Record<NodeKeyName, Bytes>>

/** A key of the node is missing or does not open. */
export class NodeKeyError extends JuratError<'node-key-missing'> {}

const names = Object.keys(nodeKeyTable) as NodeKeyName[]

/** A fresh secret key of the algorithm of a node's key. */
export function randomKey(name: NodeKeyName): Bytes {
  return Uint8Array.from([nodeKeyTable[name].algorithm, ...randomBytes(32)])
}

/** Makes all keys and writes them sealed. */
export async function makeNodeKeys(files: Files, folder: string, sealer: Sealer): Promise<NodeKeys> {
  await files.makeFolder(folder)
  const keys = Object.fromEntries(names.map((name) => [name, randomKey(name)])) as unknown as NodeKeys
  for (const name of names) {
    await files.replaceFile(join(folder, name), sealer.seal(`node/${name}`, keys[name]), { mode: 0o600 })
  }
  return keys
}

/** Reads the keys. @throws NodeKeyError when one is missing; SealError under another master key. */
export async function readNodeKeys(files: Files, folder: string, sealer: Sealer): Promise<NodeKeys> {
  const entries = await Promise.all(
    names.map(async (name): Promise<[NodeKeyName, Bytes]> => {
      const sealed = await files.readFile(join(folder, name))
      if (sealed === null) throw new NodeKeyError('node-key-missing', `${join(folder, name)} is missing`)
      return [name, sealer.open(`node/${name}`, sealed)]
    }),
  )
  return Object.fromEntries(entries) as unknown as NodeKeys
}
