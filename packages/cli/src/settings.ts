/**
 * Where a setting comes from: a flag, else the environment, else the configuration file, else the default. The table is
 * the manual: `jurat config show` prints it with the sources.
 * @module
 */
import { readFileSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { MessageKey } from '@jurat/verify/messages/message'
import { CliError, exitCodes } from './exitCodes.ts'
import { unreadable, writeText } from './files.ts'

/** The settings, each with its environment variable and its meaning. */
export const settingsTable = {
  node: { variable: 'JURAT_NODE', meaning: 'address of the node, such as https://jurat.example' },
  key: { variable: 'JURAT_KEY', meaning: 'API key of an organisation' },
  account: { variable: 'JURAT_ACCOUNT', meaning: 'name or id of the account that transactions come from' },
  signers: { variable: 'JURAT_SIGNERS', meaning: 'names of the keys that sign, separated by commas' },
  trust: { variable: 'JURAT_TRUST', meaning: 'trust file for verify; without it the pinned one of the network' },
  language: { variable: 'JURAT_LANGUAGE', meaning: 'en, zh-CN or zh-TW' },
  passphraseFile: { variable: 'JURAT_PASSPHRASE_FILE', meaning: 'file whose first line is the passphrase of the keys' },
} as const

/** The name of a setting. */
export type SettingName = keyof typeof settingsTable

/** Where a value was found. */
export type SettingSource = 'flag' | 'environment' | 'file' | 'default'

/** A value and its source; `value` is null when nobody set it. */
export interface Setting {
  readonly value: string | null
  readonly source: SettingSource
}

/** All settings of one run. */
export type Settings = Readonly<Record<SettingName, Setting>>

/** The environment of the process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Folder of configuration, keys and pinned trust files. */
export function configFolder(environment: Environment): string {
  const own = environment['JURAT_CONFIG_DIR']
  if (own !== undefined && own !== '') return own
  const base = environment['XDG_CONFIG_HOME']
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.config'), 'jurat')
}

/** Path of the configuration file. */
export const configFile = (environment: Environment): string => join(configFolder(environment), 'config.json')

/** Finds every setting. @param flags - values given on the command line. */
export function readSettings(environment: Environment, flags: Partial<Record<SettingName, string>>): Settings {
  const file = readConfigFile(environment)
  const find = (name: SettingName): Setting => {
    const flag = flags[name]
    if (flag !== undefined) return { value: flag, source: 'flag' }
    const variable = environment[settingsTable[name].variable]
    if (variable !== undefined && variable !== '') return { value: variable, source: 'environment' }
    const written = file[name]
    if (written !== undefined) return { value: written, source: 'file' }
    return { value: null, source: 'default' }
  }
  return {
    node: find('node'),
    key: find('key'),
    account: find('account'),
    signers: find('signers'),
    trust: find('trust'),
    language: find('language'),
    passphraseFile: find('passphraseFile'),
  }
}

/** Whether a text names a setting. */
export const isSettingName = (name: string): name is SettingName => Object.hasOwn(settingsTable, name)

/** Writes one value into the configuration file; null removes it. */
export function writeSetting(environment: Environment, name: SettingName, value: string | null): void {
  const file: Partial<Record<SettingName, string>> = { ...readConfigFile(environment) }
  if (value === null) delete file[name]
  else file[name] = value
  mkdirSync(configFolder(environment), { recursive: true, mode: 0o700 })
  const path = configFile(environment)
  // The file may hold an API key: nobody else reads it, and a crash leaves the old or the new content.
  writeText(path, `${JSON.stringify(file, null, 2)}\n`, 0o600)
}

function readConfigFile(environment: Environment): Partial<Record<SettingName, string>> {
  const path = configFile(environment)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw unreadable(path, error)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new CliError(exitCodes.usage, 'config-unreadable', { key: 'cli.config.notJson', values: { path } }, { cause })
  }
  return checkConfig(path, value)
}

function checkConfig(path: string, value: unknown): Partial<Record<SettingName, string>> {
  const bad = (key: MessageKey, name = ''): CliError =>
    new CliError(exitCodes.usage, 'config-unreadable', { key, values: { path, name } })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('cli.config.notObject')
  const checked: Partial<Record<SettingName, string>> = {}
  for (const [name, text] of Object.entries(value)) {
    // A misspelt name would silently do nothing, which for "trust" or "node" is worse than an error.
    if (!isSettingName(name)) throw bad('cli.config.unknownName', name)
    if (typeof text !== 'string') throw bad('cli.config.notText', name)
    checked[name] = text
  }
  return checked
}
