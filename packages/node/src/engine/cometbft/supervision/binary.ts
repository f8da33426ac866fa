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

/** Longest wait for the program to tell its version, milliseconds. */
const versionTimeoutMs = 10_000

/** Why there is no program to run: `missing` or `wrong-version`. */
export class CometbftBinaryError extends Error {
  readonly code: 'missing' | 'wrong-version'

  constructor(code: 'missing' | 'wrong-version', message: string) {
    super(message)
    this.name = 'CometbftBinaryError'
    this.code = code
  }
}

/** Where to look. */
export interface BinarySearch {
  /** Path that the configuration names; then nothing else is tried. */
  readonly configured: string | null
  /** Folder into which `npm run engine:install` builds. */
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
    throw new CometbftBinaryError(
      'wrong-version',
      `${place} is CometBFT ${version}, and this node runs with ${cometbftVersion}: npm run engine:install builds it`,
    )
  }
  const where = configured ?? `${cache} or on PATH`
  const message = `CometBFT ${cometbftVersion} is not in ${where}: npm run engine:install builds it, which needs Go`
  throw new CometbftBinaryError('missing', message)
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
