/**
 * The pinned trust files: `trust/<network id>.json` in the configuration folder.
 * @module
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { equal, fromHex, toHex } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import { nodeClient } from './context.ts'
import type { Context } from './context.ts'
import { CliError, exitCodes } from './exitCodes.ts'
import { readText, writeText } from './files.ts'
import { configFolder } from './settings.ts'
import type { Environment } from './settings.ts'

/** A pinned network. */
export interface Pinned {
  readonly networkId: string
  readonly origin: string
  readonly path: string
}

const folderOf = (environment: Environment): string => join(configFolder(environment), 'trust')

/** Every pinned network, sorted by its id. */
export function pinnedTrusts(environment: Environment): Pinned[] {
  const folder = folderOf(environment)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}\.json$/u.test(name))
    .toSorted()
    .map((name) => {
      const path = join(folder, name)
      const { origin } = JSON.parse(readText(path)) as { origin?: unknown }
      return { networkId: name.slice(0, 64), origin: String(origin), path }
    })
}

/** Text of the pinned trust file of a network, or null. */
export function pinnedTrust(environment: Environment, networkId: string): string | null {
  const pinned = pinnedTrusts(environment).find((each) => each.networkId === networkId)
  return pinned === undefined ? null : readText(pinned.path)
}

/** Pins a trust file, or replaces the pinned one of its network. */
export function pin(environment: Environment, networkId: string, text: string): string {
  const path = join(folderOf(environment), `${networkId}.json`)
  writeText(path, text, 0o600)
  return path
}

/**
 * The network that transactions are signed for: the node's, and only when it is pinned. A node that names another
 * network would otherwise get a signature that is good there.
 */
export async function pinnedNetwork(context: Context): Promise<Bytes> {
  const { value } = await nodeClient(context).call('getNetwork', {})
  const known = pinnedTrusts(context.environment).map(({ networkId }) => fromHex(networkId))
  const networkId = fromHex(value.networkId)
  if (known.some((each) => equal(each, networkId))) return networkId
  throw new CliError(
    exitCodes.usage,
    'network-not-pinned',
    context.say('cli.networkNotPinned', { network: toHex(networkId) }),
  )
}
