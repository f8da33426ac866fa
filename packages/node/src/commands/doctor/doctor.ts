/**
 * `doctor`: what the machine of this node lacks, and what to do. `jurat doctor` runs it with `--json` and says it in the
 * reader's language.
 * @module
 */
import { existsSync } from 'node:fs'
import { type ConsortiumDocument, decodeDocument } from '@jurat/core/ledger/consortium'
import { decodeGenesis } from '@jurat/core/ledger/genesis'
import { message } from '@jurat/verify/messages/message'
import { type Config, readConfig } from '../../config.ts'
import { engineFolder } from '../../engine/cometbft/supervision/binary.ts'
import { parseConsensusAddress } from '../../engine/cometbft/supervision/peers.ts'
import { parseMemberAddress } from '../../log/members/tlsLinks.ts'
import { systemClock } from '../../platform/clock.ts'
import { type Files, FolderLockedError } from '../../platform/files.ts'
import { createNodeFiles } from '../../platform/nodeFiles.ts'
import { dataPaths } from '../dataFolder.ts'
import { readOwnJoin } from '../network/join.ts'
import { complain, say, usageExitCode } from '../stopped.ts'
import { checkDisk, checkEngine, checkPeers, checkPort, type Finding, type ListeningPlace } from './checks.ts'

/** Exit code when something is missing. */
const missingExitCode = 1

const marks: Readonly<Record<Finding['finding'], string>> = { good: '✔', optional: '–', missing: '✘' }

/** Runs the command. */
export async function doctor(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const { config, rest } = await readConfig(args, environment)
  const asJson = rest.length === 1 && rest[0] === '--json'
  if (rest.length > 0 && !asJson) {
    complain('Usage: jurat node doctor [--json] --data DIR')
    return usageExitCode
  }
  const findings = await examine(config, environment)
  if (asJson) say(JSON.stringify(findings))
  else
    for (const { name, finding, key, values } of findings)
      say(`${marks[finding]} ${name}: ${message('en', key, values)}`)
  return findings.some(({ finding }) => finding === 'missing') ? missingExitCode : 0
}

/** Everything that is found. */
async function examine(config: Config, environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const files = createNodeFiles()
  const { data } = config
  const own = existsSync(data) ? await readOwnJoin(files, data) : null
  const search = { configured: config.cometbft, cache: engineFolder, path: environment['PATH'] ?? '' }
  const engine = await checkEngine(search, own !== null)
  if (!existsSync(data)) return [engine]
  const document = await documentOf(files, data)
  if (own === null && document === null) return [engine, await checkDisk(data)]
  const findings = [engine, await checkDisk(data), ...(await checkPorts(config, files, own?.member.addresses ?? []))]
  if (own === null || document === null) return findings
  const others = document.members.filter(({ name }) => name !== own.member.name)
  return [...findings, ...(await checkPeers(others, systemClock))]
}

/** The consortium document of the genesis; null before there is one. */
async function documentOf(files: Files, data: string): Promise<ConsortiumDocument | null> {
  const genesis = await files.readFile(dataPaths(data).genesis)
  return genesis === null ? null : decodeDocument(decodeGenesis(genesis).document)
}

/** The ports of a node that does not run; those of one that runs are its own. */
async function checkPorts(config: Config, files: Files, addresses: readonly string[]): Promise<Finding[]> {
  const { data } = config
  try {
    const lock = await files.lock(dataPaths(data).lock)
    await lock.release()
  } catch (error) {
    if (!(error instanceof FolderLockedError)) throw error
    return [
      {
        name: 'jurat node',
        finding: 'good',
        key: 'cli.doctor.running',
        values: { folder: data, pid: error.pid ?? '' },
      },
    ]
  }
  const findings: Finding[] = []
  for (const place of placesOf(config, addresses)) findings.push(await checkPort(place))
  return findings
}

function placesOf(config: Config, addresses: readonly string[]): ListeningPlace[] {
  const own = (parse: typeof parseMemberAddress): { host: string; port: number } | null => {
    const found = addresses.map(parse).find((address) => address !== null)
    return found === undefined || found === null ? null : { host: '0.0.0.0', port: found.port }
  }
  const places = [
    { place: config.listen, flag: 'listen' },
    { place: config.consensusListen ?? own(parseConsensusAddress), flag: 'consensus-listen' },
    { place: config.membersListen ?? own(parseMemberAddress), flag: 'members-listen' },
  ]
  return places.flatMap(({ place, flag }) => (place === null || place.port === 0 ? [] : [{ ...place, flag }]))
}
