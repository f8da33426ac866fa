/**
 * A consistent copy of a node's truth, also while it runs, and the way back into an empty folder. Never in it: the signer's
 * state (a restored node starts muted, so that nothing is signed twice), the master key, and what is
 * derived. Format: docs/spec/backup.md.
 * @module
 */
import { createHash } from 'node:crypto'
import { fromText, toHex, toText, type Bytes } from '@jurat/core/bytes'
import type { Files } from '../platform/files.ts'
import { heightOf } from './blockRecord.ts'
import { StoreError } from './errors.ts'
import { decodeBatch, encodeBatch } from './fileKeyValue.ts'
import type { KeyValueChange, KeyValueStore, OpenKeyValueStore } from './keyValue.ts'
import { folders } from './openStore.ts'
import { frameRecords, readRecord, recordHeadBytes } from './record.ts'
import { segmentMagic, segmentName, SegmentStore } from './segments.ts'
import { signerFolderName } from './signer.ts'
import type { DurablePosition } from './store.ts'

/** The file that makes a folder a whole backup; written last. */
export const manifestName = 'backup.json'

const manifestFormat = 'jurat-backup/v1'

/** Databases of a backup are files of records: this is their ending. */
const mapEnding = '.map'

const copyChunkBytes = 1024 * 1024

/** Pairs of one record of a database's copy. */
const batchPairs = 1_000

/** What a backup holds. */
export interface BackupManifest {
  readonly format: string
  readonly height: number
  readonly size: number
  /** Hexadecimal. */
  readonly root: string
  /** Every file of the backup, by path, with its length and its SHA-256 in hexadecimal. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>
}

/** What is backed up. */
export interface BackupOptions {
  readonly files: Files
  readonly folder: string
  /** The durable position at the beginning; blocks after it are left out. */
  readonly durable: DurablePosition
  /** An absolute path of an empty or missing folder. */
  readonly target: string
  /** Open databases by their folder's name (`notes`, `credentials`). */
  readonly maps: Readonly<Record<string, KeyValueStore>>
  /** Further files and folders of the data folder by name: `genesis.cbor`, `keys`, `blobs`. */
  readonly copies: readonly string[]
  /** Files that are made for the backup, by path. */
  readonly made?: Readonly<Record<string, AsyncIterable<Bytes>>>
}

/** Makes the copy. @throws {StoreError} when the target is not empty, or something of the truth is damaged */
export async function backup(options: BackupOptions): Promise<BackupManifest> {
  const { files, target, durable, copies } = options
  if (copies.includes(signerFolderName)) throw new Error('the signer state is never part of a backup')
  await makeEmpty(files, target)
  const written = new Writer(files, target)
  await backupSegments(options, written)
  for (const [name, map] of Object.entries(options.maps)) await backupMap(map, written, name + mapEnding)
  for (const name of copies) await copyTree(files, options.folder, name, written)
  for (const [path, parts] of Object.entries(options.made ?? {})) await written.write(path, parts)
  const { height, size } = durable
  const manifest = { format: manifestFormat, height, size, root: toHex(durable.root), files: written.sums }
  await files.replaceFile(`${target}/${manifestName}`, fromText(`${JSON.stringify(manifest, null, 1)}\n`))
  return manifest
}

/**
 * Writes a backup back into an empty folder. Its first start makes what is derived; its keys are in lost state.
 * @throws {StoreError} `damaged` when a file is not what the manifest says, or the folder is not empty
 */
export async function restore(options: {
  readonly files: Files
  readonly backup: string
  readonly folder: string
  readonly openKeyValue: OpenKeyValueStore
}): Promise<BackupManifest> {
  const { files, folder } = options
  const manifest = await readManifest(files, options.backup)
  await makeEmpty(files, folder)
  const written = new Writer(files, folder)
  for (const [path, { sha256, bytes }] of Object.entries(manifest.files)) {
    if (path.endsWith(mapEnding) && !path.includes('/')) {
      await checkFile(files, `${options.backup}/${path}`, sha256)
      await restoreMap(options, path)
    } else {
      const sum = await written.copy(`${options.backup}/${path}`, path)
      if (sum.sha256 !== sha256 || sum.bytes !== bytes) throw damaged(path)
    }
  }
  await files.syncFolder(folder)
  return manifest
}

/** Writes files below a folder and remembers their sums. */
class Writer {
  readonly #files: Files
  readonly #target: string
  readonly sums: Record<string, { bytes: number; sha256: string }> = {}

  constructor(files: Files, target: string) {
    this.#files = files
    this.#target = target
  }

  async write(path: string, parts: AsyncIterable<Bytes>): Promise<{ bytes: number; sha256: string }> {
    const whole = `${this.#target}/${path}`
    await this.#files.makeFolder(whole.slice(0, whole.lastIndexOf('/')))
    const handle = await this.#files.open(whole, 'write')
    const hash = createHash('sha256')
    let bytes = 0
    try {
      for await (const part of parts) {
        await handle.write(part, bytes)
        hash.update(part)
        bytes += part.length
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await this.#files.syncFiles([whole], this.#target)
    const sum = { bytes, sha256: hash.digest('hex') }
    this.sums[path] = sum
    return sum
  }

  copy(from: string, path: string): Promise<{ bytes: number; sha256: string }> {
    return this.write(path, chunksOf(this.#files, from))
  }
}

async function* chunksOf(files: Files, path: string): AsyncIterableIterator<Bytes> {
  const handle = await files.open(path, 'read')
  try {
    for (let offset = 0; ;) {
      const chunk = await handle.read(offset, copyChunkBytes)
      if (chunk.length === 0) return
      yield chunk
      offset += chunk.length
    }
  } finally {
    await handle.close()
  }
}

/** The blocks up to the durable one, each checked on its way. */
async function backupSegments({ files, folder, durable }: BackupOptions, written: Writer): Promise<void> {
  const segments = await SegmentStore.open(files, `${folder}/${folders.segments}`)
  for (const segment of segments.segments) {
    if (segment > durable.height) break
    await written.write(`${folders.segments}/${segmentName(segment)}`, segmentParts(segments, segment, durable.height))
  }
  await segments.close()
}

async function* segmentParts(segments: SegmentStore, segment: number, height: number): AsyncIterableIterator<Bytes> {
  yield segmentMagic
  for await (const { position, payload } of segments.scan({ segment, offset: segmentMagic.length })) {
    if (position.segment !== segment || heightOf(payload) > height) return
    yield frameRecords([payload])
  }
}

async function backupMap(map: KeyValueStore, written: Writer, path: string): Promise<void> {
  await written.write(path, mapParts(map))
}

async function* mapParts(map: KeyValueStore): AsyncIterableIterator<Bytes> {
  let pairs: KeyValueChange[] = []
  for await (const [key, value] of map.range({ from: new Uint8Array(0), to: new Uint8Array(64).fill(0xff) })) {
    pairs.push({ key, value })
    if (pairs.length < batchPairs) continue
    yield frameRecords([encodeBatch(pairs)])
    pairs = []
  }
  if (pairs.length > 0) yield frameRecords([encodeBatch(pairs)])
}

async function restoreMap(
  { files, backup: source, folder, openKeyValue }: Parameters<typeof restore>[0],
  path: string,
): Promise<void> {
  const bytes = (await files.readFile(`${source}/${path}`)) ?? new Uint8Array(0)
  const map = await openKeyValue(`${folder}/${path.slice(0, -mapEnding.length)}`)
  for (let offset = 0; offset < bytes.length;) {
    const payload = readRecord(bytes, offset)
    if (!(payload instanceof Uint8Array)) throw damaged(path)
    await map.write(decodeBatch(payload), { sync: true })
    offset += recordHeadBytes + payload.length
  }
  await map.close()
}

/** A file, or a folder with everything in it. */
async function copyTree(files: Files, folder: string, path: string, written: Writer): Promise<void> {
  const names = await files.list(`${folder}/${path}`)
  for (const name of names) await copyTree(files, folder, `${path}/${name}`, written)
  if (names.length > 0 || (await isAbsent(files, `${folder}/${path}`))) return
  await written.copy(`${folder}/${path}`, path)
}

/** Whether there is no file of this name (it may be an empty folder). */
async function isAbsent(files: Files, path: string): Promise<boolean> {
  return (await files.readFile(path)) === null
}

async function checkFile(files: Files, path: string, sha256: string): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of chunksOf(files, path)) hash.update(chunk)
  if (hash.digest('hex') !== sha256) throw damaged(path)
}

async function makeEmpty(files: Files, folder: string): Promise<void> {
  // The lock of the process that restores is there already.
  if ((await files.list(folder)).some((name) => name !== 'lock'))
    throw new StoreError('damaged', `${folder} is not empty`)
  await files.makeFolder(folder)
}

async function readManifest(files: Files, folder: string): Promise<BackupManifest> {
  const bytes = await files.readFile(`${folder}/${manifestName}`)
  if (bytes === null) throw new StoreError('damaged', `${folder} holds no whole backup: ${manifestName} is missing`)
  const manifest = JSON.parse(toText(bytes)) as BackupManifest
  if (manifest.format !== manifestFormat) throw new StoreError('damaged', `${folder} is a backup of another format`)
  for (const path of Object.keys(manifest.files)) {
    // A manifest is trusted as far as its owner is, yet it must not write outside the folder.
    if (path.startsWith('/') || path.split('/').includes('..')) throw damaged(path)
    if (path.split('/')[0] === signerFolderName) throw damaged(path)
  }
  return manifest
}

function damaged(path: string): StoreError {
  return new StoreError('damaged', `${path} of the backup is not what was written`)
}
