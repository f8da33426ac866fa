/**
 * `jurat config`: shows every setting with its source, and writes the configuration file.
 * @module
 */
import type { Context } from '../context.ts'
import { CliError, exitCodes } from '../exitCodes.ts'
import type { Register } from '../runner.ts'
import { configFile, isSettingName, settingsTable, writeSetting } from '../settings.ts'
import type { Setting, SettingName } from '../settings.ts'

/** Adds the commands. */
export const registerConfig: Register = (parent, run) => {
  const config = parent.command('config').description(run.help('cli.help.config'))
  config
    .command('show')
    .description(run.help('cli.help.configShow'))
    .action(run.action((context) => show(context)))
  config
    .command('set <name> <value>')
    .description(run.help('cli.help.configSet'))
    .action(run.action<[string, string]>((context, [name, value]) => set(context, name, value)))
  config
    .command('unset <name>')
    .description(run.help('cli.help.configUnset'))
    .action(run.action<[string]>((context, [name]) => set(context, name, null)))
}

function show(context: Context): void {
  const names = Object.keys(settingsTable).filter(isSettingName)
  const path = configFile(context.environment)
  const shown = (name: SettingName): string | null => hide(name, context.settings[name])
  const lines = names.map((name) => {
    const { source } = context.settings[name]
    const value = shown(name) ?? '-'
    return `${name.padEnd(16)} ${value.padEnd(32)} ${context.say(`cli.source.${source}`)}`
  })
  const values = names.map((name) => [name, { value: shown(name), source: context.settings[name].source }] as const)
  context.output.result([...lines, path], { file: path, settings: Object.fromEntries(values) })
}

/** An API key is a secret: its beginning is enough to recognise it. */
function hide(name: SettingName, { value }: Setting): string | null {
  if (name !== 'key' || value === null) return value
  return `${value.slice(0, Math.min(8, Math.floor(value.length / 4)))}…`
}

function set(context: Context, name: string, value: string | null): void {
  if (!isSettingName(name)) {
    const names = Object.keys(settingsTable).join(', ')
    throw new CliError(exitCodes.usage, 'setting-unknown', context.say('cli.settingUnknown', { name, names }))
  }
  writeSetting(context.environment, name, value)
  context.output.result(configFile(context.environment), { file: configFile(context.environment), name })
}
