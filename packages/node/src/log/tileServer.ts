/**
 * The log as a reader sees it (c2sp.org/tlog-tiles): which bytes, media type and cache life a path below `/log/` has.
 * Knows nothing of HTTP servers: what comes out is carried by whoever mounts it.
 * @module
 */
import { ProofError } from '@jurat/core/merkle/error'
import type { Bytes } from '@jurat/core/bytes'
import { parseTilePath } from '@jurat/core/merkle/tile'
import type { Store } from '../store/store.ts'

/** An answer to be carried over HTTP. Header names are lower case. */
export interface LogResponse {
  readonly status: 200 | 404 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: Bytes
}

/** Tiles never change: a year, and no question in between. */
const immutable = 'public, max-age=31536000, immutable'

/** The checkpoint changes with every block; a cache in front may still answer a burst from one copy. */
const checkpointCache = 'public, max-age=1, must-revalidate'

const noBytes = new Uint8Array(0)

/** Where the bytes come from. */
export interface LogSource {
  readonly store: Pick<Store, 'tileBytes'>
  /** The newest quorum-complete checkpoint, or null before the first. */
  readonly checkpoint: () => Bytes | null
  /** The newest note of outside witnesses on the log as this member of a consortium serves it, or null. */
  readonly witnessed: () => Promise<Bytes | null>
}

/** Below it lies the log under the name `<network>/<member>`: another checkpoint, and the same tiles. */
const witnessedPrefix = 'witnessed/'

/**
 * Answers a GET or HEAD of `path`, which is what follows `/log/` (`checkpoint`, `tile/0/x001/067`, and both below
 * `witnessed/`); anything else of the path is untrusted text.
 */
export async function serveLog(source: LogSource, path: string): Promise<LogResponse> {
  if (path === 'checkpoint') return serveCheckpoint(source.checkpoint())
  if (path.startsWith(witnessedPrefix)) return serveWitnessed(source, path.slice(witnessedPrefix.length))
  return serveTile(source, path)
}

async function serveWitnessed(source: LogSource, path: string): Promise<LogResponse> {
  if (path !== 'checkpoint') return serveTile(source, path)
  const note = await source.witnessed()
  // Most networks have no outside witnesses beside their checkpoints, and never will.
  return note === null ? empty(404) : serveCheckpoint(note)
}

async function serveTile(source: LogSource, path: string): Promise<LogResponse> {
  if (!isTilePath(path)) return empty(404)
  const body = await source.store.tileBytes(path)
  if (body === null) return empty(404)
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', 'cache-control': immutable, ...anyOrigin },
    body,
  }
}

/** Everything in the log is public, so pages of any origin (verify.html of another member) may read it. */
const anyOrigin: Readonly<Record<string, string>> = { 'access-control-allow-origin': '*' }

function serveCheckpoint(note: Bytes | null): LogResponse {
  if (note === null) return { ...empty(503), headers: { 'retry-after': '1', 'cache-control': 'no-store' } }
  return {
    status: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': checkpointCache, ...anyOrigin },
    body: note,
  }
}

function isTilePath(path: string): boolean {
  try {
    parseTilePath(path)
    return true
  } catch (error) {
    if (error instanceof ProofError) return false
    throw error
  }
}

/** A missing tile may exist a moment later, so its absence is not cached. */
function empty(status: 404 | 503): LogResponse {
  return { status, headers: { 'cache-control': 'no-store' }, body: noBytes }
}
