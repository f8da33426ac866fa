/**
 * `fsck`: checks a stopped node's data folder. `--repair` makes again what is derived; `--quick` does not execute the
 * blocks again.
 * @module
 */
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { openNote } from '@jurat/core/note/note'
import { toHex, type Bytes } from '@jurat/core/bytes'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { replayBlock } from '../engine/ledgerApplication.ts'
import { readLogPolicy } from '../log/logPolicy.ts'
import { systemClock } from '../platform/clock.ts'
import { fsck as check, repair } from '../store/fsck.ts'
import { repairable } from '../store/fsckFinding.ts'
import { openLevelKeyValue } from '../store/levelKeyValue.ts'
import { complain, say, type StoppedFolder, usageExitCode, whileStopped } from './stopped.ts'
import { readStoppedLedger, type StoppedLedger } from './stoppedLedger.ts'

/** Exit code when something is not as it should be. */
const findingsExitCode = 1

/** Runs the command. */
export function fsck(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return whileStopped(args, environment, async (folder) => {
    const unknown = folder.rest.filter((word) => word !== '--repair' && word !== '--quick')
    if (unknown.length > 0) {
      complain(`Usage: jurat node fsck [--repair] [--quick] --data DIR (unknown: ${unknown.join(' ')})`)
      return usageExitCode
    }
    const ledger = await readStoppedLedger(folder.files, folder.config.data)
    const code = await checkAndTell(folder, ledger)
    if (code === 0 || !folder.rest.includes('--repair')) return code
    say('Making again what is derived.')
    await repair(storeOptions(folder, ledger))
    return checkAndTell(folder, ledger)
  })
}

function storeOptions({ config, files }: StoppedFolder, { genesis }: StoppedLedger): Parameters<typeof repair>[0] {
  return {
    files,
    folder: config.data,
    clock: systemClock,
    crypto: nodeCrypto,
    openKeyValue: openLevelKeyValue,
    genesis,
    replay: (input) => replayBlock(nodeCrypto, input),
    report: say,
  }
}

async function checkAndTell(folder: StoppedFolder, ledger: StoppedLedger): Promise<number> {
  const { files, folder: data, crypto, openKeyValue, genesis, replay } = storeOptions(folder, ledger)
  const { logVerifier } = readLogPolicy(nodeCrypto, ledger.origin, ledger.document)
  const { findings, blocks, entries, root } = await check({
    files,
    folder: data,
    crypto,
    openKeyValue,
    genesis,
    replay: folder.rest.includes('--quick') ? null : replay,
    openNote(note: Bytes) {
      const { body, verified } = openNote(note, [logVerifier])
      if (verified.length === 0) throw new Error('the log has not signed it')
      return parseCheckpoint(body)
    },
    progress: (height) => complain(`block ${height}`),
  })
  for (const { area, where, detail } of findings) say(`${area}: ${where}: ${detail}`)
  say(`${blocks} blocks, ${entries} entries, root ${toHex(root)}`)
  // A torn tail is what a crash leaves and the next start cuts: nothing that was acknowledged is in it.
  const wrong = findings.filter(({ area }) => area !== 'tail')
  if (wrong.length === 0) {
    say('Clean.')
    return 0
  }
  if (wrong.every(({ area }) => repairable.has(area))) say('All of this is derived: --repair makes it again.')
  else say('The truth itself is damaged: restore it from a backup or from another full copy.')
  return findingsExitCode
}
