/**
 * `network join`, `network assemble`, `network check`: the ceremony in which institutions found a network together; and the
 * ballots by which it changes (ballotCommands.ts). docs/operating/consortium.md.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { toHex } from '@jurat/core/bytes'
import { genesisBytesMax } from '@jurat/core/ledger/genesis'
import { type Config, readConfig } from '../../config.ts'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { consensusScheme } from '../../engine/cometbft/supervision/peers.ts'
import { defaultMasterKeyPath, findMasterKey } from '../../features/keys/masterKey.ts'
import { createSealer } from '../../features/keys/seal.ts'
import { memberScheme } from '../../log/members/tlsLinks.ts'
import { systemClock } from '../../platform/clock.ts'
import { createNodeFiles } from '../../platform/nodeFiles.ts'
import { dataPaths, witnessOf } from '../dataFolder.ts'
import { readGenesisParameters } from '../genesisParameters.ts'
import { complain, say, usageExitCode } from '../stopped.ts'
import { assembleGenesis } from './assemble.ts'
import { ballotCommands, ballotUsage, nodeOptions } from './ballotCommands.ts'
import { type CheckedGenesis, describeGenesis, joinDifferences, readGenesis } from './check.ts'
import { makeJoin, readOwnJoin } from './join.ts'
import { CeremonyError, formatJoin, type Join, parseJoin } from './joinFile.ts'
import { rotate } from './rotate.ts'

const usage = `Usage:
  jurat network join --name MEMBER --network ORIGIN --url URL --consensus HOST:PORT --members HOST:PORT
                     [--genesis FILE] [--out FILE] [--data DIR]
      makes the keys of this institution in the data folder, and the public file for the others;
      with the genesis of a network that exists, to be admitted by its members
  jurat network assemble JOIN... --name ORIGIN --out GENESIS [--quorum N] [--genesis-parameters FILE] [--witnesses ...]
      makes the genesis out of all join files
  jurat network check GENESIS [--data DIR]
      shows its hash, which all must see, and whether this institution stands in it unchanged
${ballotUsage}`

/** Exit code when a genesis is not what this member joined. */
const differsExitCode = 1

type Values = Readonly<Record<string, string | undefined>>

interface Command {
  readonly options: readonly string[]
  run(words: readonly string[], values: Values, surroundings: Surroundings): Promise<number>
}

interface Surroundings {
  readonly config: Config
  readonly environment: NodeJS.ProcessEnv
}

const commands: Readonly<Record<string, Command>> = {
  join: { options: ['name', 'consensus', 'members', 'out'], run: join },
  assemble: { options: ['name', 'out', 'quorum'], run: assemble },
  check: { options: [], run: check },
  ...Object.fromEntries(
    Object.entries({ ...ballotCommands, rotate: { options: [...nodeOptions, 'keys'], run: rotate } }).map(
      ([name, command]): [string, Command] => [
        name,
        {
          options: command.options,
          async run(words, values, surroundings) {
            return (await command.run({ words, values, ...surroundings })) ?? failUsage()
          },
        },
      ],
    ),
  ),
}

/** Runs the command. */
export async function network(
  [name = '', ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const command = commands[name]
  if (command === undefined) return failUsage()
  const { config, rest } = await readConfig(args, environment)
  const options = Object.fromEntries(command.options.map((option) => [option, { type: 'string' as const }]))
  let parsed: { positionals: string[]; values: Values }
  try {
    parsed = parseArgs({ args: rest, options, allowPositionals: true })
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error))
    return failUsage()
  }
  return command.run(parsed.positionals, parsed.values, { config, environment })
}

async function join(
  words: readonly string[],
  { name, consensus, members, out }: Values,
  { config, environment }: Surroundings,
): Promise<number> {
  const genesis = config.genesis === null ? null : await readGenesisFile(config.genesis)
  const network = config.network === '' ? (genesis?.genesis.name ?? '') : config.network
  if (words.length > 0 || name === undefined || network === '' || config.url === null) return failUsage()
  if (consensus === undefined || members === undefined) return failUsage()
  const addresses = [config.url, `${consensusScheme}//${place(consensus)}`, `${memberScheme}//${place(members)}`]
  const files = createNodeFiles()
  await files.makeFolder(config.data)
  const lock = await files.lock(dataPaths(config.data).lock)
  try {
    const file = config.masterKeyFile ?? defaultMasterKeyPath(environment)
    const masterKey = await findMasterKey(files, { value: config.masterKey, file, makeFor: config.data })
    const request = { network, name, addresses, genesis }
    const made = await makeJoin(files, config.data, createSealer(masterKey.key), request)
    const target = out ?? `${name.replaceAll(/[^\p{L}\p{N}._-]/gu, '_')}.join.json`
    await writeFile(target, formatJoin(made))
    say(`${name} asks to join ${network}.`)
    say(`  keys        ${config.data}, sealed: they stay here, like signer/, which is never copied`)
    say(`  master key  ${masterKey.source}${masterKey.made ? ' (made now: keep a copy, no backup contains it)' : ''}`)
    if (genesis === null) {
      say(`  join file   ${target}: public, give it to whoever assembles the genesis`)
      return 0
    }
    say(`  join file   ${target}: public, give it to a member, who runs jurat network admit ${target}`)
    say(`  genesis     ${toHex(genesis.networkId)}: all members must name this hash`)
    return 0
  } finally {
    await lock.release()
  }
}

async function assemble(
  words: readonly string[],
  { name, out, quorum }: Values,
  { config }: Surroundings,
): Promise<number> {
  if (words.length === 0 || name === undefined || out === undefined) return failUsage()
  if (quorum !== undefined && !/^\d{1,2}$/.test(quorum)) return failUsage()
  const joins: Join[] = []
  for (const file of words) joins.push(parseJoin(nodeCrypto, await readFile(file, 'utf8'), file))
  const parameters = await readGenesisParameters(config.genesisParameters)
  const witnesses = config.witnesses.map(witnessOf)
  const genesis = assembleGenesis(nodeCrypto, {
    network: name,
    joins,
    timeMs: systemClock.now(),
    quorum: quorum === undefined ? null : Number(quorum),
    witnesses,
    witnessQuorum: config.witnessQuorum ?? witnesses.length,
    parameters: config.rawFront ? { ...parameters, rawAllowed: 1 } : parameters,
  })
  // An older genesis of the same name is not overwritten: members may have it already.
  const made = await createNodeFiles().createFile(out, genesis, { maker: String(process.pid) })
  if (!made) throw new CeremonyError('ceremony-refused', `${out} exists already`)
  for (const line of describeGenesis(nodeCrypto, readGenesis(nodeCrypto, genesis, out))) say(line)
  say(`Give ${out} to every member. Each runs: jurat network check ${out}`)
  return 0
}

async function check(words: readonly string[], _: Values, { config }: Surroundings): Promise<number> {
  const [file, ...more] = words
  if (file === undefined || more.length > 0) return failUsage()
  const checked = await readGenesisFile(file)
  for (const line of describeGenesis(nodeCrypto, checked)) say(line)
  const own = await readOwnJoin(createNodeFiles(), config.data)
  if (own === null) {
    say(`${config.data} is no member's data folder: no join was compared.`)
    return 0
  }
  const differences = joinDifferences(checked, own)
  for (const difference of differences) complain(`NOT WHAT ${own.member.name} JOINED: ${difference}`)
  if (differences.length > 0) return differsExitCode
  say(`${own.member.name} stands in it unchanged. All members must see the hash ${toHex(checked.networkId)}.`)
  return 0
}

async function readGenesisFile(file: string): Promise<CheckedGenesis> {
  const bytes = await readFile(file)
  if (bytes.length > genesisBytesMax) throw new CeremonyError('ceremony-refused', `${file} is too long for a genesis`)
  return readGenesis(nodeCrypto, bytes, file)
}

/** HOST:PORT, as it stands in an address. */
function place(text: string): string {
  if (/^(\[[0-9a-fA-F:.]+\]|[^\s:/@#]+):\d{1,5}$/.test(text)) return text
  throw new CeremonyError('ceremony-refused', `${text} is not HOST:PORT, as other members reach it`)
}

function failUsage(): number {
  complain(usage)
  return usageExitCode
}
