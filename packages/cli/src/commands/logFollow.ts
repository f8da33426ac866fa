/**
 * `jurat log follow`: headers of a consortium, verified by a light client and compared with a second node.
 * docs/operating/cli.md.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { toHex } from '@jurat/core/bytes'
import { type LightBlock, timeToMs } from '@jurat/core/light/block'
import { LightError } from '@jurat/core/light/error'
import { chainIdOf, validatorsOfDocument } from '@jurat/core/receipt/finality'
import { type Divergence, type Followed, LightFollower, NodeLightSource, treeOf } from '@jurat/sdk/lightFollower'
import { readTrust } from '@jurat/sdk/trust'
import { clientOf, type Context, nodeClient } from '../context.ts'
import { CliError, type ExitCode, exitCodes } from '../exitCodes.ts'
import { readText, writeText } from '../files.ts'
import { wholeNumber } from '../references.ts'
import type { Register } from '../runner.ts'
import { pinnedTrust } from '../trustFolder.ts'

/** Between two looks, milliseconds. */
const lookEveryMs = 1_000

/** Longest wait for the second node to have what the first has, milliseconds. */
const behindMs = 60_000

interface FollowFlags {
  readonly also?: string
  readonly count?: string
  readonly evidence?: string
}

/** Adds the command. */
export const registerFollow: Register = (log, run) => {
  log
    .command('follow')
    .description(run.help('cli.help.logFollow'))
    .option('--also <url>', run.help('cli.help.followAlso'))
    .option('--count <n>', run.help('cli.help.followCount'))
    .option('--evidence <file>', run.help('cli.help.followEvidence'), 'jurat-divergence.json')
    .option('--trust <file>', run.help('cli.help.trustFile'))
    .action(run.action<[], FollowFlags>((context, _, flags) => followLog(context, flags)))
}

async function followLog(context: Context, { also, count, evidence = '' }: FollowFlags): Promise<ExitCode> {
  const { crypto, output } = context
  const [source, second] = [
    new NodeLightSource(nodeClient(context)),
    also === undefined ? null : new NodeLightSource(clientOf(context, also, null)),
  ]
  const { networkId, trust } = readTrust(crypto, await trustText(context))
  const follower = new LightFollower({
    crypto,
    chainId: chainIdOf(networkId),
    validators: validatorsOfDocument(trust.newest.document),
    source,
    second,
    now: () => Date.now(),
  })
  let left = count === undefined ? Infinity : wholeNumber(context, count)
  let waitingSinceMs: number | null = null
  while (left > 0) {
    const followed = await looked(context, follower)
    if (followed.kind === 'diverged') {
      return diverged(context, followed.divergence, [source.address, also ?? '', evidence])
    }
    if (followed.kind === 'verified') {
      print(context, followed.block)
      left--
    }
    if (followed.kind !== 'waiting') waitingSinceMs = null
    else {
      waitingSinceMs ??= performance.now()
      const said = { address: also ?? '', height: followed.height }
      if (performance.now() - waitingSinceMs > behindMs) {
        throw new CliError(exitCodes.incomplete, 'second-behind', context.say('cli.follow.behind', said))
      }
      output.remark(context.say('cli.follow.waiting', said))
    }
    if (left > 0) await sleep(lookEveryMs)
  }
  return exitCodes.done
}

async function looked(context: Context, follower: LightFollower): Promise<Followed> {
  try {
    return await follower.look()
  } catch (error) {
    if (!(error instanceof LightError)) throw error
    const said = context.say('cli.follow.unproven', { reason: error.message })
    throw new CliError(exitCodes.unreachable, error.code, said, { cause: error })
  }
}

/** The trust file that was named, else the pinned one of the node's network. */
async function trustText(context: Context): Promise<string> {
  const named = context.settings.trust.value
  if (named !== null) return readText(named)
  const { value } = await nodeClient(context).call('getNetwork', {})
  const pinned = pinnedTrust(context.environment, value.networkId)
  if (pinned !== null) return pinned
  throw new CliError(exitCodes.usage, 'network-not-pinned', context.say('cli.follow.notPinned'))
}

/** A line for people, or a document of one line for programs. */
function print({ output, say }: Context, block: LightBlock): void {
  const { height, time } = block.header
  const tree = treeOf(block)
  const root = tree === null ? null : toHex(tree.root)
  const shown = { time: new Date(timeToMs(time)).toISOString(), height, size: tree?.size ?? null, root }
  output.raw(
    output.asJson
      ? `${JSON.stringify(shown)}\n`
      : `${say('cli.follow.verified', { ...shown, size: shown.size ?? '-', root: root ?? '-' })}\n`,
  )
}

function diverged(
  context: Context,
  { height, answers: [first, second] }: Divergence,
  [one, other, file]: readonly [string, string, string],
): never {
  const evidence = { height, sources: [one, other], blocks: [first, second] }
  writeText(file, `${JSON.stringify(evidence, null, 2)}\n`)
  const said = context.say('cli.follow.diverged', { height, one, other, file })
  throw new CliError(exitCodes.failed, 'sources-differ', said)
}
