/**
 * What is left when a run is over: every folder is clean, all are equal, and what was witnessed can be proven.
 * @module
 */
import { equal } from '@jurat/core/bytes'
import { hashLeaf } from '@jurat/core/merkle/hash'
import { inclusionProof, verifyInclusion } from '@jurat/core/merkle/proof'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { openNote, parseNote } from '@jurat/core/note/note'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import { replayBlock } from '@jurat/node/engine/ledgerApplication'
import type { MemoryFiles } from '@jurat/node/platform/memoryFiles'
import { fileKeyValue } from '@jurat/node/store/fileKeyValue'
import { fsck, type FsckReport } from '@jurat/node/store/fsck'
import type { Store } from '@jurat/node/store/store'
import { genesisOutcome, logVerifiers, membersCount } from './founding.ts'
import { nameOf, Violation } from './judge.ts'
import { dataFolder } from './process.ts'
import type { World } from './world.ts'

/** Entries that are proven at the end of a run. */
const provenEntries = 3

/** Proves some entries against a member's newest complete checkpoint. */
export async function checkProofs({ chance }: World, member: number, store: Store): Promise<void> {
  const kept = await store.notes.newest()
  if (kept === null) return
  const { size, root } = readNote(member, kept.note)
  for (let count = 0; count < provenEntries; count++) {
    const index = chance.below(size)
    const entry = await store.entry(index)
    if (entry === null) throw new Violation('witnessed entries are there', `${nameOf(member)} lacks entry ${index}`)
    const path = await store.withHashes((read) => inclusionProof(nodeCrypto, read, index, size))
    verifyInclusion(nodeCrypto, { leafHash: hashLeaf(nodeCrypto, entry), index, size, path, root })
  }
}

/** Checks the folder of a member whose process has ended. `deep` executes all blocks again. */
export async function checkFolder(member: number, files: MemoryFiles, deep: boolean): Promise<FsckReport> {
  const report = await fsck({
    files,
    folder: dataFolder,
    crypto: nodeCrypto,
    openKeyValue: fileKeyValue(files),
    genesis: genesisOutcome,
    replay: deep ? (input) => replayBlock(nodeCrypto, input) : null,
    openNote: (note) => readNote(member, note),
  })
  const [finding] = report.findings
  if (finding === undefined) return report
  const { area, where, detail } = finding
  throw new Violation('a folder is clean', `${nameOf(member)}: ${area}: ${where}: ${detail}`)
}

/** Checks all folders, one of them deeply, and that they hold the same. */
export async function checkEnd({ judge, chance, members }: World): Promise<void> {
  const { size, root } = judge.newest
  const deep = chance.below(membersCount)
  for (const [number, { disk }] of members.entries()) {
    const report = await checkFolder(number, disk, number === deep)
    if (size > 0 && (report.entries !== size || !equal(report.root, root))) {
      throw new Violation('equal states', `${nameOf(number)} ends with ${report.entries} entries instead of ${size}`)
    }
  }
}

function readNote(member: number, note: Uint8Array): { size: number; root: Uint8Array } {
  const verifier = logVerifiers[member]
  const { body, verified } = openNote(parseNote(note), verifier === undefined ? [] : [verifier])
  if (verified.length === 0) throw new Error('the note is not signed by this member')
  return parseCheckpoint(body)
}
