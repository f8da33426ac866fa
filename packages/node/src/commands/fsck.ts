/**
 * `fsck`: checks every file of a stopped node's data folder. `--repair` makes again what is derived; `--quick` does not execute
 * the blocks again. It needs no network, and says what it cannot check without the master key.
 * @module
 */
import type { BlockOutcome } from '@jurat/core/ledger/block'
import { decodeDocument } from '@jurat/core/ledger/consortium'
import { decodeGenesis } from '@jurat/core/ledger/genesis'
import { genesisBlock } from '@jurat/core/ledger/genesisBlock'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { openNote } from '@jurat/core/note/note'
import type { Verifier } from '@jurat/core/note/vkey'
import { equal, toHex, type Bytes } from '@jurat/core/bytes'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { replayBlock } from '../engine/ledgerApplication.ts'
import { authorityFaults } from '../features/ca/authorityFolder.ts'
import { defaultMasterKeyPath, findMasterKey, MasterKeyError } from '../features/keys/masterKey.ts'
import { createSealer, type Sealer } from '../features/keys/seal.ts'
import { readLogPolicy } from '../log/logPolicy.ts'
import { systemClock } from '../platform/clock.ts'
import { fsck as check, repair } from '../store/fsck.ts'
import { type AddFinding, type Finding, remedies, repairable } from '../store/fsckFinding.ts'
import { openLevelKeyValue } from '../store/levelKeyValue.ts'
import { DataFolderError, dataPaths } from './dataFolder.ts'
import { checkOriginals, checkTrust, genesisFault } from './fsckFolder.ts'
import { checkCredentials, checkKeys, type KeyStandard } from './fsckSecrets.ts'
import { authorityFolder } from './authority.ts'
import { complain, say, type StoppedFolder, usageExitCode, whileStopped } from './stopped.ts'

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
    const sealer = await findSealer(folder, environment)
    const { files, config } = folder
    const bytes = await files.readFile(dataPaths(config.data).genesis)
    if (bytes === null) throw new DataFolderError('data-folder-broken', `${config.data} holds no node`)
    const fault = await genesisFault(files, config.data, bytes)
    if (fault !== null) {
      return tell([{ area: 'genesis', where: 'genesis.cbor', detail: `${fault}; nothing else was checked against it` }])
    }
    const ledger = readFoundation(bytes)
    const findings = await checkAll(folder, ledger, sealer)
    const code = tell(findings)
    const derived = findings.some(({ area }) => area !== 'tail' && repairable.has(area))
    if (!derived || !folder.rest.includes('--repair')) return code
    // The state is a witness to what was durable: it is not thrown away while the blocks themselves are damaged.
    if (findings.some(({ area }) => area === 'segment' || area === 'block')) {
      say('Nothing is made again: the segments come first.')
      return code
    }
    say('Making again what is derived.')
    await repair(storeOptions(folder, ledger))
    return tell(await checkAll(folder, ledger, sealer))
  })
}

/** What follows from the genesis alone: the blocks may be damaged. */
interface Foundation {
  readonly bytes: Bytes
  /** Name of the network and of its log. */
  readonly origin: string
  /** The first consortium document. */
  readonly document: Bytes
  readonly genesis: BlockOutcome
}

function readFoundation(bytes: Bytes): Foundation {
  const { name: origin, document } = decodeGenesis(bytes)
  return { bytes, origin, document, genesis: genesisBlock(nodeCrypto, bytes) }
}

function storeOptions({ config, files }: StoppedFolder, { genesis }: Foundation): Parameters<typeof repair>[0] {
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

/** Opens what the master key seals; null, said aloud, when it is not at hand. */
async function findSealer({ config, files }: StoppedFolder, environment: NodeJS.ProcessEnv): Promise<Sealer | null> {
  const file = config.masterKeyFile ?? defaultMasterKeyPath(environment)
  try {
    return createSealer((await findMasterKey(files, { value: config.masterKey, file, makeFor: null })).key)
  } catch (error) {
    if (!(error instanceof MasterKeyError)) throw error
    say(`Not checked: whether the secrets in keys/ and credentials/ open (${error.message}).`)
    return null
  }
}

/** What lies beside the ledger. */
async function checkBeside(
  { files, config: { data } }: StoppedFolder,
  standard: KeyStandard,
  sealer: Sealer | null,
  findings: Finding[],
): Promise<void> {
  const add: AddFinding = (area, where, detail) => void findings.push({ area, where, detail })
  await checkTrust(files, data, standard.genesis, add)
  await checkKeys(files, data, standard, sealer, add)
  for (const { name, fault } of await authorityFaults(files, authorityFolder(data), sealer)) {
    add('key', `keys/authority/${name}`, fault)
  }
  const { records, originals: owned } = await checkCredentials(files, data, sealer, add)
  const originals = await checkOriginals(files, data, owned, add)
  say(`${records} records in credentials/, ${originals} originals`)
}

async function checkAll(folder: StoppedFolder, ledger: Foundation, sealer: Sealer | null): Promise<readonly Finding[]> {
  const { files, folder: data, crypto, openKeyValue, genesis, replay } = storeOptions(folder, ledger)
  // A member keeps notes that others have signed too, with log keys that a ballot may have changed since.
  const verifiers = new Map<string, Verifier>()
  const documents: Bytes[] = []
  const learn = (document: Bytes): void => {
    // The state tells them, and so do the blocks that are executed again.
    if (documents.some((known) => equal(known, document))) return
    documents.push(document)
    for (const { keys } of decodeDocument(document).members) {
      const { logVerifier } = readLogPolicy(nodeCrypto, ledger.origin, document, [keys.log])
      verifiers.set(toHex(keys.log), logVerifier)
    }
  }
  learn(ledger.document)
  const { findings, notices, blocks, entries, root } = await check({
    files,
    folder: data,
    crypto,
    openKeyValue,
    genesis,
    replay: folder.rest.includes('--quick') ? null : replay,
    openNote(note: Bytes) {
      const { body, verified } = openNote(note, [...verifiers.values()])
      if (verified.length === 0) throw new Error('the log has not signed it')
      return parseCheckpoint(body)
    },
    onDocument: learn,
    progress: (height) => complain(`block ${height}`),
  })
  for (const { where, detail } of notices) say(`notice: ${where}: ${detail}`)
  say(`${blocks} blocks, ${entries} entries, root ${toHex(root)}`)
  const all = [...findings]
  await checkBeside(folder, { genesis: ledger.bytes, documents }, sealer, all)
  return all
}

/** Says what was found and what is to be done about it. @returns the exit code */
function tell(findings: readonly Finding[]): number {
  for (const { area, where, detail } of findings) say(`${area}: ${where}: ${detail}`)
  // A torn tail is what a crash leaves and the next start cuts: nothing that was acknowledged is in it.
  const wrong = findings.filter(({ area }) => area !== 'tail')
  if (wrong.length === 0) {
    say('Clean.')
    return 0
  }
  say('What to do:')
  for (const area of new Set(wrong.map((finding) => finding.area))) say(`  ${area}: ${remedies[area]}.`)
  return findingsExitCode
}
