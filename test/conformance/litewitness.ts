/**
 * A litewitness for a test, with a key and a folder of its own (localnet/litewitness.ts).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@jurat/node/platform/ports.fixtures'
import { Litewitness, litewitnessPrograms } from '../../localnet/litewitness.ts'
import { tool } from './tools.ts'

/** Why a test is skipped that needs one; false when it can be run. @throws {Error} instead, when tools are required. */
export const withoutLitewitness: string | false =
  litewitnessPrograms.some((name) => tool(name) === null) &&
  'litewitness or the programs of ssh are not installed (scripts/install-tools.sh)'

/** A litewitness that listens, until it is closed. */
export interface FreshLitewitness {
  readonly witness: Litewitness
  readonly close: () => Promise<void>
}

/** Starts one. @param name - of its key */
export async function startLitewitness(name: string): Promise<FreshLitewitness> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-lw-'))
  const witness = new Litewitness({ witness: name, folder, port: await freePort() })
  const close = async (): Promise<void> => {
    await witness.kill()
    rmSync(folder, { recursive: true, force: true })
  }
  const killed = (): void => void witness.kill()
  process.once('exit', killed)
  try {
    witness.start()
    await witness.ready()
  } catch (error) {
    await close()
    throw error
  }
  return { witness, close }
}
