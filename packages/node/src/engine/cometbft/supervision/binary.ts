/**
 * Finds the CometBFT program that this version runs with, and refuses another: the chain's bytes depend on it.
 * @module
 */
import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** The version that is run. */
export const cometbftVersion = '0.39.4'

/** Where `npm run engine:install` puts it. */
export const engineFolder = join(import.meta.dirname, '../../../../../../.cache/tools/bin')

/** Longest wait for the program to tell its version, milliseconds. */
const versionTimeoutMs = 10_000

/** Why there is no program to run: `missing` or `wrong-version`. */
export class CometbftBinaryError extends Error {
  override readonly name = 'CometbftBinaryError'
  readonly code: 'missing' | 'wrong-version'
  /** Where it was looked for, or the program that was found. */
  readonly place: string
  /** The version of the program that was found. */
  readonly found: string | null

  constructor(place: string, found: string | null) {
    super(
      found === null
        ? `CometBFT ${cometbftVersion} is not in ${place}: npm run engine:install builds it, which needs Go`
        : `${place} is CometBFT ${found}, and this node runs with ${cometbftVersion}: npm run engine:install builds it`,
    )
    this.code = found === null ? 'missing' : 'wrong-version'
    this.place = place
    this.found = found
  }
}

/** Where to look. */
export interface BinarySearch {
  /** Path that the configuration names; then nothing else is tried. */
  readonly configured: string | null
  /** Folder that is looked at first: usually {@link engineFolder}. */
  readonly cache: string
  /** The PATH variable. */
  readonly path: string
}

/** Path of the program. @throws CometbftBinaryError */
export async function findCometbft({ configured, cache, path }: BinarySearch): Promise<string> {
  const name = process.platform === 'win32' ? 'cometbft.exe' : 'cometbft'
  const places =
    configured === null ? [cache, ...path.split(delimiter)].map((folder) => join(folder, name)) : [configured]
  for (const place of places) {
    if (!(await isProgram(place))) continue
    const version = await versionOf(place)
    if (version === cometbftVersion) return place
    throw new CometbftBinaryError(place, version)
  }
  throw new CometbftBinaryError(configured ?? `${cache} or on PATH`, null)
}

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

/** What the program says of itself, without a leading v and build details. */
async function versionOf(path: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(path, ['version'], { timeout: versionTimeoutMs })
    return stdout.trim().replace(/^v/, '').split('+', 1)[0] ?? ''
  } catch {
    return 'of unknown version'
  }
}
