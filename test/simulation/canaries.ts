/**
 * Bugs that a run can be given, to show that the simulator finds them. Each is put around the production code from outside;
 * the production code does not know of them.
 * @module
 */
import { toHex, type Bytes } from '@jurat/core/bytes'
import type { SeenTransactions } from '@jurat/core/ledger/state'
import type { LedgerApplicationOptions } from '@jurat/node/engine/ledgerApplication'
import { Agreement, type AgreementOutcome, type MemberReport } from '@jurat/node/log/agreement'
import type { FileContent, Files } from '@jurat/node/platform/files'
import { memberNames } from './founding.ts'

/** Names of the bugs. */
export const canaryNames = ['lost-sync', 'double-vote', 'stale-signer', 'reordered-tile', 'window-edge'] as const
export type CanaryName = (typeof canaryNames)[number]

/** Puts a bug into a member's disk. */
export function bugInFiles(canary: CanaryName | null, files: Files): Files {
  if (canary === 'lost-sync') return withoutSegmentSyncs(files)
  if (canary === 'stale-signer') return withStaleSigner(files)
  return canary === 'reordered-tile' ? withReorderedTiles(files) : files
}

/** Puts a bug into a member's counting of reports. */
export function agreementWith(canary: CanaryName | null, options: { self: string; networkId: Bytes }): Agreement {
  return canary === 'double-vote' ? new DoubleCounting(options) : new Agreement(options)
}

/** Puts a bug into a member's memory of transactions; `seenAt` holds their block times and is shared by all of a run. */
export function bugInStore(
  canary: CanaryName | null,
  store: LedgerApplicationOptions['store'],
  seenAt: Map<string, number>,
): LedgerApplicationOptions['store'] {
  return canary === 'window-edge' ? withShortWindow(store, seenAt) : store
}

/** The sync behind a block is left out: what is acknowledged may be only in the cache. */
function withoutSegmentSyncs(files: Files): Files {
  return replacing(files, {
    open: async (path, mode) => {
      const handle = await files.open(path, mode)
      if (!path.includes('/segments/')) return handle
      return { ...handle, sync: async () => undefined }
    },
  })
}

/** The signer's state is written once, and then believed to be written. */
function withStaleSigner(files: Files): Files {
  return replacing(files, {
    replaceFile: async (path, data, options) => {
      const stale = path.endsWith('/signer/log') && (await files.readFile(path)) !== null
      if (!stale) await files.replaceFile(path, data, options)
    },
  })
}

/** Tiles are synced before they are written: their content comes behind the marker that says it is there. */
function withReorderedTiles(files: Files): Files {
  let late: readonly FileContent[] = []
  return replacing(files, {
    writeFiles: async (batch) => {
      await files.writeFiles(batch.map(({ path }) => ({ path, data: new Uint8Array(0) })))
      late = [...late, ...batch]
    },
    syncFiles: async (paths, root) => {
      await files.syncFiles(paths, root)
      const batch = late
      late = []
      await files.writeFiles(batch)
    },
    readFile: async (path) => late.find((tile) => tile.path === path)?.data ?? (await files.readFile(path)),
  })
}

/** A member whose report arrives twice is counted a second time, as its neighbour. */
class DoubleCounting extends Agreement {
  readonly #reports = new Set<string>()

  override reported(member: string, report: MemberReport): AgreementOutcome {
    const key = `${member} ${report.height}`
    const again = this.#reports.has(key)
    this.#reports.add(key)
    const neighbour = memberNames[(memberNames.findIndex((name) => name === member) + 1) % memberNames.length]
    return super.reported(again && neighbour !== undefined ? neighbour : member, report)
  }
}

/** Transactions are forgotten after the longest period, though a clock that is ahead lengthens it. */
const shortWindowMs = 600_000

function withShortWindow(
  store: LedgerApplicationOptions['store'],
  seenAt: Map<string, number>,
): LedgerApplicationOptions['store'] {
  const seen: SeenTransactions = {
    has: (txHash) => {
      const timeMs = seenAt.get(toHex(txHash))
      return store.seen.has(txHash) && (timeMs === undefined || timeMs >= store.tip.timeMs - shortWindowMs)
    },
  }
  return {
    get tip() {
      return store.tip
    },
    get view() {
      return store.view
    },
    get lanes() {
      return store.lanes
    },
    get durable() {
      return store.durable
    },
    seen,
    extend: (entries) => store.extend(entries),
    commit: (block) => {
      for (const { txHash } of block.outcome.results) seenAt.set(toHex(txHash), block.timeMs)
      return store.commit(block)
    },
  }
}

/** The same files but for some operations. */
function replacing(files: Files, operations: Partial<Files>): Files {
  return {
    open: (path, mode) => files.open(path, mode),
    readFile: (path) => files.readFile(path),
    writeFile: (path, data) => files.writeFile(path, data),
    replaceFile: (path, data, options) => files.replaceFile(path, data, options),
    createFile: (path, data, options) => files.createFile(path, data, options),
    writeFiles: (batch) => files.writeFiles(batch),
    syncFiles: (paths, root) => files.syncFiles(paths, root),
    makeFolder: (path) => files.makeFolder(path),
    syncFolder: (path) => files.syncFolder(path),
    list: (path) => files.list(path),
    remove: (path) => files.remove(path),
    lock: (path) => files.lock(path),
    ...operations,
  }
}
