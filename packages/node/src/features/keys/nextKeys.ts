/**
 * Keys that a member has made to take the place of its present ones: sealed in `keys/next/` until a ballot has put them
 * into the consortium document. docs/spec/key-store.md.
 * @module
 */
import { join } from 'node:path'
import type { Bytes } from '@jurat/core/bytes'
import type { Files } from '../../platform/files.ts'
import { type NodeKeyName, type NodeKeys, randomKey } from './nodeKeys.ts'
import type { Sealer } from './seal.ts'

/** The keys that stand in a consortium document. */
export const documentKeyNames = [
  'ballot',
  'log',
  'executor-ed25519',
  'executor-mldsa44',
  'validator',
  'transport',
] as const satisfies readonly NodeKeyName[]

/** Name of a key that stands in a document. */
export type DocumentKeyName = (typeof documentKeyNames)[number]

/** Those that were made; the others stay. */
export type NextKeys = Readonly<Partial<Record<DocumentKeyName, Bytes>>>

const folderOf = (keys: string): string => join(keys, 'next')

/** Reads them: none when nothing is being replaced. @param keys - the folder `keys/`. @throws SealError */
export async function readNextKeys(files: Files, keys: string, sealer: Sealer): Promise<NextKeys> {
  const next: Partial<Record<DocumentKeyName, Bytes>> = {}
  for (const name of documentKeyNames) {
    const sealed = await files.readFile(join(folderOf(keys), name))
    if (sealed !== null) next[name] = sealer.open(`node/${name}`, sealed)
  }
  return next
}

/** Makes those of these names that are not made yet, and writes them sealed. @returns all that are made */
export async function makeNextKeys(
  files: Files,
  keys: string,
  sealer: Sealer,
  names: readonly DocumentKeyName[],
): Promise<NextKeys> {
  const made = await readNextKeys(files, keys, sealer)
  await files.makeFolder(folderOf(keys))
  for (const name of names) {
    if (made[name] !== undefined) continue
    const sealed = sealer.seal(`node/${name}`, randomKey(name))
    await files.replaceFile(join(folderOf(keys), name), sealed, { mode: 0o600 })
  }
  await files.syncFolder(keys)
  return readNextKeys(files, keys, sealer)
}

/**
 * Puts those of these names in the place of the present ones, which are gone then. Broken off, it is done again.
 * @returns what is present then
 */
export async function takeNextKeys(
  files: Files,
  keys: string,
  sealer: Sealer,
  present: NodeKeys,
  names: readonly DocumentKeyName[],
): Promise<NodeKeys> {
  const next = await readNextKeys(files, keys, sealer)
  const taken: Partial<Record<DocumentKeyName, Bytes>> = {}
  for (const name of names) {
    const key = next[name]
    if (key === undefined) continue
    await files.replaceFile(join(keys, name), sealer.seal(`node/${name}`, key), { mode: 0o600 })
    taken[name] = key
  }
  await files.syncFolder(keys)
  // Only now: a next key that is gone must lie in the other place.
  const folder = folderOf(keys)
  for (const name of names) if (taken[name] !== undefined) await files.remove(join(folder, name))
  if ((await files.list(folder)).length === 0) await files.remove(folder)
  else await files.syncFolder(folder)
  await files.syncFolder(keys)
  return { ...present, ...taken }
}
