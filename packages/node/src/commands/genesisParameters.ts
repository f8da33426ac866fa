/**
 * Parameters of a new network that differ from the defaults: a JSON object of numbers, by their names in
 * docs/spec/network.md.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { areParameters, defaultParameters, parameterTable, type Parameters } from '@jurat/core/ledger/parameters'
import { ConfigError } from '../config/values.ts'

/** Reads them; null gives the defaults. @throws ConfigError naming the file and the parameter. */
export async function readGenesisParameters(path: string | null): Promise<Parameters> {
  if (path === null) return defaultParameters
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new ConfigError('config-invalid', `the parameters ${path} cannot be read as JSON`, { cause })
  }
  const fail = (why: string): ConfigError => new ConfigError('config-invalid', `the parameters ${path}: ${why}`)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('not an object')
  for (const [name, number] of Object.entries(value)) {
    const row = parameterTable.find((row) => row.name === name)
    if (row === undefined) throw fail(`there is no parameter "${name}"`)
    if (typeof number !== 'number') throw fail(`"${name}" is not a number`)
  }
  const parameters = { ...defaultParameters, ...(value as Partial<Parameters>) }
  if (!areParameters(parameters)) throw fail('a value is out of its bounds')
  return parameters
}
