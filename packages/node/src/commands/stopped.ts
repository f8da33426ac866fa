/**
 * What commands over a stopped node's data folder share: its place and its exclusive lock.
 * @module
 */
import { readConfig, type Config } from '../config.ts'
import { createNodeFiles } from '../platform/nodeFiles.ts'
import type { Files } from '../platform/files.ts'
import { dataPaths } from './dataFolder.ts'

/** Exit code for wrong usage. */
export const usageExitCode = 2

/** A configuration whose folder nobody else uses meanwhile. */
export interface StoppedFolder {
  readonly config: Config
  /** Arguments that are no options. */
  readonly rest: readonly string[]
  readonly files: Files
}

/** Runs `work` while the data folder is locked. @throws when a running node holds it. */
export async function whileStopped(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  work: (folder: StoppedFolder) => Promise<number>,
): Promise<number> {
  const { config, rest } = await readConfig(args, environment)
  const files = createNodeFiles()
  const lock = await files.lock(dataPaths(config.data).lock)
  try {
    return await work({ config, rest, files })
  } finally {
    await lock.release()
  }
}

/** Says something on standard output. */
export const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Says something on standard error. */
export const complain = (text: string): void => void process.stderr.write(`${text}\n`)
