/**
 * Time-stamp tokens for what a command makes: of the authority that was named, else of the node.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { Imprint } from '@jurat/core/timestamp/query'
import { platformRandom } from '@jurat/sdk/keyFile'
import { requestToken } from '@jurat/sdk/timestamps'
import type { Context } from './context.ts'
import { CliError, exitCodes } from './exitCodes.ts'

/** Gives a token over an imprint. @throws {CliError} at once, when there is no address. */
export function stamper(context: Context, authority: string | undefined): (imprint: Imprint) => Promise<Bytes> {
  const address = addressOf(context, authority)
  return (imprint) => requestToken(address, imprint, platformRandom)
}

/** The address of the time-stamp authority: the one that was named, else the node's own. */
function addressOf(context: Context, authority: string | undefined): string {
  const node = context.settings.node.value
  const address = authority ?? (node === null ? null : `${node.replace(/\/$/u, '')}/tsa`)
  if (address === null) throw new CliError(exitCodes.usage, 'node-missing', context.say('cli.nodeMissing'))
  if (URL.canParse(address)) return address
  throw new CliError(exitCodes.usage, 'node-malformed', context.say('cli.nodeMalformed', { address }))
}
