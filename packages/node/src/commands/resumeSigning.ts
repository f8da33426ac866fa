/**
 * `resume-signing MEMBER... --asked-every-member`: the operator of a member that has lost its signer state says which others
 * have lost theirs too, so that it may go on although they are more than a third. docs/operating/muted.md.
 * @module
 */
import { join } from 'node:path'
import { decodeDocument } from '@jurat/core/ledger/consortium'
import { cometbftPaths } from '../engine/cometbft/supervision/home.ts'
import { writeResumption } from '../log/members/resumption.ts'
import { systemClock } from '../platform/clock.ts'
import { signerFolderName } from '../store/signer.ts'
import { readOwnJoin } from './network/join.ts'
import { complain, say, type StoppedFolder, usageExitCode, whileStopped } from './stopped.ts'
import { readStoppedLedger } from './stoppedLedger.ts'

const confirmation = '--asked-every-member'

const risk = `This member has lost the state of its keys: nobody knows for sure what it has signed. By itself it goes on only
while at most a third of the members are in that state, because then the others together remember every
signature that can have counted. With this command it goes on although more have lost theirs.

What is risked: if this member has cosigned a checkpoint, or voted for a block, that only members saw which have forgotten it,
it may sign another one in its place. Two such signatures are the proof that this consortium lies, for ever.

Before you do it, with people of every other member:
  1. The data folders that were lost are lost: no disk, copy or snapshot holds a signer/ that is newer than the loss.
  2. No second node runs anywhere with the keys of this member or of one of those named here.
  3. Every member was asked for the newest checkpoint that it has, also outside witnesses, mirrors and holders of receipts:
     none is larger than the tree of this member (jurat log checkpoint), and none is another tree.
  4. All members run, and you have named here each one whose node says that its signer state is lost.

The node still asks every member when it starts, and goes on only when all have answered, when its tree
holds everything that any of them has seen it sign, and when no other member than those named has lost its state.
One member at a time: as soon as at most a third are left, the rest go on by themselves.
`

/** Runs the command. */
export function resumeSigning(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return whileStopped(args, environment, async (folder) => {
    const named = folder.rest.filter((word) => word !== confirmation)
    if (named.length === 0 || named.some((name) => name.startsWith('--'))) {
      complain(`Usage: jurat node resume-signing MEMBER... ${confirmation} --data DIR\n\n${risk}`)
      return usageExitCode
    }
    const refusal = await refusalOf(folder, named)
    if (refusal !== null) {
      complain(`Nothing was done: ${refusal}.`)
      return 1
    }
    if (!folder.rest.includes(confirmation)) {
      complain(`${risk}\nNothing was done. When all of this is so, add ${confirmation}.`)
      return usageExitCode
    }
    const { files, config } = folder
    const { networkId } = await readStoppedLedger(files, config.data)
    const resumption = { networkId, timeMs: systemClock.now(), lost: named }
    await writeResumption({ files, dataFolder: config.data }, resumption)
    say(`This member may sign again at its next start, beside ${named.join(', ')}, once all members have answered.`)
    return 0
  })
}

/** Why the command is of no use here; null when it is. */
async function refusalOf({ files, config }: StoppedFolder, named: readonly string[]): Promise<string | null> {
  const own = (await readOwnJoin(files, config.data))?.member.name
  const { document } = await readStoppedLedger(files, config.data)
  if (own === undefined || decodeDocument(document).members.length === 1) {
    return 'this is no member of a consortium; a log of one goes on by its outside witnesses only'
  }
  if (named.includes(own)) return `${own} is this member: name the others that have lost their state`
  if (new Set(named).size < named.length) return 'a member is named twice'
  const states = [join(config.data, signerFolderName, 'log'), cometbftPaths(config.data).signerState]
  const kept = await Promise.all(states.map(async (path) => (await files.readFile(path)) !== null))
  return kept.every(Boolean) ? 'the signer state of this member is there' : null
}
