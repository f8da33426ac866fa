/**
 * The part of `fsck` that looks beside the ledger: genesis and trust file against one another, and originals against
 * the digests that are their names.
 * @module
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { equal, toHex, toText, type Bytes } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
import { checkGenesis, decodeGenesis, networkIdOf } from '@jurat/core/ledger/genesis'
import { genesisBlock } from '@jurat/core/ledger/genesisBlock'
import { treeHash } from '@jurat/core/merkle/hash'
import { parseTrustFile } from '@jurat/core/receipt/trust'
import { openTrust } from '@jurat/core/receipt/trustChain'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { Files } from '../platform/files.ts'
import { decodeBlock } from '../store/blockRecord.ts'
import { StoreError } from '../store/errors.ts'
import type { AddFinding } from '../store/fsckFinding.ts'
import { folders } from '../store/openStore.ts'
import { SegmentStore } from '../store/segments.ts'
import { dataPaths } from './dataFolder.ts'

/** Bytes of an original that are read at once. */
const chunkBytes = 1024 * 1024

/** Folder of originals that were being stored: whatever a crash left there is nobody's. */
const incomingName = 'incoming'

/** Whether the genesis is one, and that of the blocks. Everything else hangs on it. */
export async function genesisFault(files: Files, data: string, genesis: Bytes): Promise<string | null> {
  try {
    checkGenesis(nodeCrypto, decodeGenesis(genesis))
  } catch (error) {
    if (!(error instanceof JuratError)) throw error
    return error.message
  }
  const root = await firstRoot(files, data)
  if (root === null || equal(root, treeHash(nodeCrypto, genesisBlock(nodeCrypto, genesis).entries))) return null
  return 'it is not that of block 0'
}

/** The root after block 0 as the segments have it; null when they cannot say. */
async function firstRoot(files: Files, data: string): Promise<Bytes | null> {
  try {
    const segments = await SegmentStore.open(files, join(data, folders.segments))
    try {
      for await (const { payload } of segments.scan(null)) {
        const { height, rootAfter } = decodeBlock(payload)
        // Behind a snapshot the blocks begin later: it names the network itself.
        return height === 0 ? rootAfter : null
      }
      return null
    } finally {
      await segments.close()
    }
  } catch (error) {
    if (error instanceof StoreError) return null
    throw error
  }
}

/** The trust file proves itself, and is that of this genesis. */
export async function checkTrust(files: Files, data: string, genesis: Bytes, add: AddFinding): Promise<void> {
  const bytes = await files.readFile(dataPaths(data).trust)
  // Whoever handed it on may have moved it: the node makes its own when it is asked.
  if (bytes === null) return
  try {
    const trust = openTrust(nodeCrypto, parseTrustFile(toText(bytes)))
    const networkId = networkIdOf(nodeCrypto, genesis)
    if (equal(trust.file.networkId, networkId)) return
    add('trust', 'trust.json', `it is that of the network ${toHex(trust.file.networkId)}, this is ${toHex(networkId)}`)
  } catch (error) {
    add('trust', 'trust.json', messageOf(error))
  }
}

/**
 * Every original has the SHA-256 that is its name, and those that somebody owns are there.
 * @param owned - hexadecimal digests.
 * @returns how many there are
 */
export async function checkOriginals(
  files: Files,
  data: string,
  owned: ReadonlySet<string>,
  add: AddFinding,
): Promise<number> {
  const folder = dataPaths(data).blobs
  const missing = new Set(owned)
  let count = 0
  for (const part of await files.list(folder)) {
    if (part === incomingName) continue
    for (const name of await files.list(join(folder, part))) {
      count += 1
      missing.delete(name)
      const where = join('blobs', part, name)
      const digest = await sha256Of(files, join(folder, part, name)).catch(messageOf)
      if (digest !== name) add('original', where, `its name is not its SHA-256: ${digest}`)
      else if (!name.startsWith(part)) add('original', where, 'it is in the wrong folder')
    }
  }
  for (const name of missing) add('original', join('blobs', name.slice(0, 2), name), 'it is missing')
  return count
}

async function sha256Of(files: Files, path: string): Promise<string> {
  const handle = await files.open(path, 'read')
  const hash = createHash('sha256')
  try {
    for (let offset = 0; ;) {
      const chunk = await handle.read(offset, chunkBytes)
      if (chunk.length === 0) return hash.digest('hex')
      hash.update(chunk)
      offset += chunk.length
    }
  } finally {
    await handle.close()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
