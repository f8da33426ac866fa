/**
 * The configuration of a node. The groups of options in config/ are the manual; docs/operating/configuration.md is made from
 * them. A flag wins over an environment variable, that over the configuration file (JSON with the same names), that over
 * the default.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { authorityOptions } from './config/authority.ts'
import { certificateOptions } from './config/certificates.ts'
import { consortiumOptions } from './config/consortium.ts'
import { identityOptions } from './config/identity.ts'
import { keysOptions } from './config/keys.ts'
import { networkOptions } from './config/network.ts'
import type { Option, ValuesOf } from './config/option.ts'
import { placeOptions } from './config/place.ts'
import { ConfigError, flagOf } from './config/values.ts'

const options = {
  ...placeOptions,
  ...networkOptions,
  ...consortiumOptions,
  ...certificateOptions,
  ...authorityOptions,
  ...identityOptions,
  ...keysOptions,
} as const

/** Everything that can be configured. */
export type Config = ValuesOf<typeof options>

/** Every option with its name in the file; the flag is `--<name with dashes>`, the variable `JURAT_<NAME_WITH_UNDERSCORES>`. */
export const configOptions: readonly ({ readonly name: string } & Option<unknown>)[] = Object.entries(options).map(
  ([name, option]) => ({ name, ...option }),
)

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
  const values = configOptions.map(({ name, variable, read }) => {
    const said = flags.get(flagOf(name)) ?? environment[variableOf(name)] ?? fileText(file, name)
    const text = said === undefined || said === '' ? (variable === undefined ? undefined : environment[variable]) : said
    return [name, read(text ?? null, name)]
  })
  // Every name of the type is an option, and each was read by its own parser.
  const config = Object.fromEntries(values) as Config
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
    else if (option?.isSwitch === true) flags.set(name, 'true')
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
