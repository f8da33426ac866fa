/**
 * The configuration of a node. The comments here are the manual; docs/operating/configuration.md is made from them.
 * A flag wins over an environment variable, that over the configuration file (JSON with the same names), that over the
 * default.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  ConfigError,
  flagOf,
  parseAddress,
  parseJoin,
  parseLevel,
  parseList,
  parseMirror,
  parseNumber,
  parseRoute,
  parseSwitch,
  parseWitness,
} from './configValues.ts'

/** One outside witness in the configuration: verifier keys (C2SP vkey) and the address of its `add-checkpoint`. */
export interface WitnessConfig {
  readonly url: string
  readonly vkeys: readonly string[]
}

/** Another way to a member than the consortium document says. */
export interface MemberRoute {
  readonly member: string
  readonly address: string
}

/** Everything that can be configured. */
export interface Config {
  readonly data: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly url: string | null
  readonly network: string
  readonly genesisParameters: string | null
  readonly genesis: string | null
  readonly cometbft: string | null
  readonly join: 'auto' | 'snapshot' | 'replay'
  readonly snapshotEvery: number
  readonly membersListen: { readonly host: string; readonly port: number } | null
  readonly consensusListen: { readonly host: string; readonly port: number } | null
  readonly memberRoutes: readonly MemberRoute[]
  readonly rawFront: boolean
  readonly databaseUrl: string | null
  readonly tlsCertificate: string | null
  readonly tlsKey: string | null
  readonly connectionsMax: number
  readonly originalBytesMax: number
  readonly accountsPerOrganisationMax: number
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  readonly witnesses: readonly WitnessConfig[]
  readonly witnessQuorum: number | null
  readonly witnessedLogs: readonly string[]
  readonly mirrors: readonly string[]
  readonly masterKey: string | null
  readonly masterKeyFile: string | null
}

/** One option, as the manual and the parser know it. */
export interface ConfigOption {
  /** The name in the file; the flag is `--<name with dashes>`, the variable `JURAT_<NAME_WITH_UNDERSCORES>`. */
  readonly name: keyof Config
  readonly kind: 'text' | 'number' | 'switch' | 'address' | 'list'
  readonly fallback: string
  /** Meaning, unit, danger. */
  readonly meaning: string
}

/** Every option. */
export const configOptions: readonly ConfigOption[] = [
  {
    name: 'data',
    kind: 'text',
    fallback: './jurat-data',
    meaning: 'The data folder. One process at a time; a second one refuses to start. Never copy `signer/` out of it.',
  },
  {
    name: 'listen',
    kind: 'address',
    fallback: '127.0.0.1:8080',
    meaning: 'HOST:PORT to listen on. Port 0 takes a free one. Beyond the own machine use TLS or a proxy.',
  },
  {
    name: 'url',
    kind: 'text',
    fallback: '',
    meaning: 'The address under which others reach this node, for bootstrap.json; default: what it listens on.',
  },
  {
    name: 'network',
    kind: 'text',
    fallback: 'jurat.local/<random>',
    meaning:
      'Name of a new network, a URL without scheme, for ever the origin of its log. Only read when the data folder is new.',
  },
  {
    name: 'genesisParameters',
    kind: 'text',
    fallback: '',
    meaning:
      'JSON file with parameters of a new network that differ from the defaults (docs/spec/network.md), such as `{"resetDelayMs": 3000}` to try recoveries on. Only read when the data folder is new.',
  },
  {
    name: 'genesis',
    kind: 'text',
    fallback: '',
    meaning:
      'Genesis of a consortium, from `jurat network assemble`, for a data folder that `jurat network join` has made. It is kept in the folder; another one is refused from then on.',
  },
  {
    name: 'cometbft',
    kind: 'text',
    fallback: '',
    meaning:
      'The CometBFT program of a member of a consortium. Empty: the one that `npm run engine:install` has built, or the first on PATH.',
  },
  {
    name: 'join',
    kind: 'text',
    fallback: 'auto',
    meaning:
      'How a member that has nothing yet gets the chain of the others. `snapshot`: their state, verified, then the entries of the log from them; blocks before it are not here (docs/operating/joining.md). `replay`: every block, executed. `auto`: a snapshot when the chain has more than 1,000 blocks. When nobody offers one, the chain is executed.',
  },
  {
    name: 'snapshotEvery',
    kind: 'number',
    fallback: '1000',
    meaning:
      'A member of a consortium makes a snapshot for joining members at each multiple of this height, and keeps the newest two. 0: none. All members should have the same, so that one joining gets its chunks from all of them.',
  },
  {
    name: 'membersListen',
    kind: 'address',
    fallback: '',
    meaning:
      'HOST:PORT for the links of other members, when it is not the port of the own `jurat-members:` address on all interfaces.',
  },
  {
    name: 'consensusListen',
    kind: 'address',
    fallback: '',
    meaning:
      'HOST:PORT for the CometBFT of other members, when it is not the port of the own `jurat-consensus:` address on all interfaces.',
  },
  {
    name: 'memberRoutes',
    kind: 'list',
    fallback: '',
    meaning:
      'Ways to other members that differ from the consortium document: `NAME=jurat-members://HOST:PORT` or `NAME=jurat-consensus://HOST:PORT`, several separated by `;`.',
  },
  {
    name: 'rawFront',
    kind: 'switch',
    fallback: 'false',
    meaning:
      'Whether POST /log/add takes raw bodies as entries, from anybody. A new network then allows operation 41. Off unless you know why.',
  },
  {
    name: 'databaseUrl',
    kind: 'text',
    fallback: '',
    meaning:
      'PostgreSQL for projections (also `DATABASE_URL`). Empty: the node runs its own. `off`: none; deposits do not need it.',
  },
  {
    name: 'tlsCertificate',
    kind: 'text',
    fallback: '',
    meaning: 'PEM file of the certificate chain. With `tlsKey`: HTTPS. Read again on SIGHUP.',
  },
  { name: 'tlsKey', kind: 'text', fallback: '', meaning: 'PEM file of the private key of `tlsCertificate`.' },
  {
    name: 'connectionsMax',
    kind: 'number',
    fallback: '8192',
    meaning: 'Most open connections; more are closed at once.',
  },
  {
    name: 'originalBytesMax',
    kind: 'number',
    fallback: '10737418240',
    meaning: 'Most bytes of one stored original.',
  },
  {
    name: 'accountsPerOrganisationMax',
    kind: 'number',
    fallback: '10000',
    meaning:
      'Most accounts that one organisation makes through this node, hosted or not. The registrar has a quota for all of them together.',
  },
  { name: 'logLevel', kind: 'text', fallback: 'info', meaning: 'Least that is logged: debug, info, warn, error.' },
  {
    name: 'witnesses',
    kind: 'list',
    fallback: '',
    meaning:
      'Outside witnesses of a new network: `URL vkey [vkey]`, several separated by `;`. They are part of its first consortium document; later they change by operation 60.',
  },
  {
    name: 'witnessQuorum',
    kind: 'number',
    fallback: 'all of them',
    meaning: 'How many of the witnesses must cosign. Only read when the data folder is new.',
  },
  {
    name: 'witnessedLogs',
    kind: 'list',
    fallback: '',
    meaning: 'Verifier keys (vkey) of other logs that this node cosigns at /witness/add-checkpoint, separated by `;`.',
  },
  {
    name: 'mirrors',
    kind: 'list',
    fallback: '',
    meaning:
      'Addresses of mirrors of this log (tlog-tiles prefixes), separated by `;`. A member compares what they show with its own tree every minute.',
  },
  {
    name: 'masterKey',
    kind: 'text',
    fallback: '',
    meaning:
      'The master key itself, 64 hexadecimal digits: it encrypts every key that the node holds. Prefer the file. Lost, all hosted accounts are lost.',
  },
  {
    name: 'masterKeyFile',
    kind: 'text',
    fallback: '~/.config/jurat/master.key',
    meaning:
      'File of the master key, outside the data folder. Made at the first start. No backup contains it: keep a copy.',
  },
]

/** Environment variable of an option. */
export const variableOf = (name: string): string => `JURAT_${flagOf(name).replaceAll('-', '_').toUpperCase()}`

/**
 * Reads the configuration from flags, environment and the file of `--config` or `JURAT_CONFIG`.
 * @param args - the arguments after the command.
 * @returns the configuration, and the arguments that are no options (in their order).
 * @throws ConfigError naming the option.
 */
export async function readConfig(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ config: Config; rest: string[] }> {
  const { flags, rest } = parseFlags(args)
  const file = await readConfigFile(flags.get('config') ?? environment['JURAT_CONFIG'])
  const text = (name: keyof Config): string | null => {
    const value = flags.get(flagOf(name)) ?? environment[variableOf(name)] ?? fileText(file, name)
    return value === undefined || value === '' ? null : value
  }
  const config: Config = {
    data: resolve(text('data') ?? './jurat-data'),
    listen: parseAddress('listen', text('listen') ?? '127.0.0.1:8080'),
    url: text('url'),
    network: text('network') ?? '',
    genesisParameters: text('genesisParameters'),
    genesis: text('genesis'),
    cometbft: text('cometbft'),
    join: parseJoin(text('join') ?? 'auto'),
    snapshotEvery: parseNumber('snapshotEvery', text('snapshotEvery') ?? '1000', 0, 1_000_000_000),
    membersListen: optionalAddress('membersListen', text('membersListen')),
    consensusListen: optionalAddress('consensusListen', text('consensusListen')),
    memberRoutes: parseList(text('memberRoutes')).map(parseRoute),
    rawFront: parseSwitch('rawFront', text('rawFront')),
    databaseUrl: text('databaseUrl') ?? environment['DATABASE_URL'] ?? null,
    tlsCertificate: text('tlsCertificate'),
    tlsKey: text('tlsKey'),
    connectionsMax: parseNumber('connectionsMax', text('connectionsMax') ?? '8192', 1, 1_000_000),
    originalBytesMax: parseNumber('originalBytesMax', text('originalBytesMax') ?? '10737418240', 1, 2 ** 50),
    accountsPerOrganisationMax: parseNumber(
      'accountsPerOrganisationMax',
      text('accountsPerOrganisationMax') ?? '10000',
      1,
      1_000_000_000,
    ),
    logLevel: parseLevel(text('logLevel') ?? 'info'),
    witnesses: parseList(text('witnesses')).map(parseWitness),
    witnessQuorum:
      text('witnessQuorum') === null ? null : parseNumber('witnessQuorum', text('witnessQuorum') ?? '', 0, 31),
    witnessedLogs: parseList(text('witnessedLogs')),
    mirrors: parseList(text('mirrors')).map(parseMirror),
    masterKey: text('masterKey'),
    masterKeyFile: text('masterKeyFile'),
  }
  if ((config.tlsCertificate === null) !== (config.tlsKey === null)) {
    throw new ConfigError('config-invalid', '--tls-certificate and --tls-key belong together')
  }
  return { config, rest }
}

function parseFlags(args: readonly string[]): { flags: Map<string, string>; rest: string[] } {
  const flags = new Map<string, string>()
  const rest: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    const [, name, , value] = /^--([a-z][a-z-]*)(=(.*))?$/s.exec(arg) ?? []
    if (name === undefined) {
      rest.push(arg)
      continue
    }
    const option = configOptions.find((option) => flagOf(option.name) === name)
    if (option === undefined && name !== 'config') {
      rest.push(arg)
      continue
    }
    if (value !== undefined) flags.set(name, value)
    else if (option?.kind === 'switch') flags.set(name, 'true')
    else {
      const next = args[++i]
      if (next === undefined) throw new ConfigError('config-invalid', `--${name} needs a value`)
      flags.set(name, next)
    }
  }
  return { flags, rest }
}

async function readConfigFile(path: string | undefined): Promise<Record<string, unknown>> {
  if (path === undefined) return {}
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new ConfigError('config-invalid', `the configuration file ${path} cannot be read as JSON`, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError('config-invalid', `the configuration file ${path} must hold an object`)
  }
  for (const name of Object.keys(value)) {
    if (!configOptions.some((option) => option.name === name)) {
      throw new ConfigError('config-invalid', `the configuration file ${path} has an unknown option ${name}`)
    }
  }
  return value as Record<string, unknown>
}

function fileText(file: Record<string, unknown>, name: string): string | undefined {
  const value = file[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(';')
  throw new ConfigError('config-invalid', `the option ${name} in the configuration file has the wrong type`)
}

const optionalAddress = (name: keyof Config, text: string | null): { host: string; port: number } | null =>
  text === null ? null : parseAddress(name, text)
