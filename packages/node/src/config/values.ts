/**
 * Values of options, from their texts. Each names its option when it cannot be read.
 * @module
 */
import { JuratError } from '@jurat/core/errors'
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

/** Where to listen. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** The configuration cannot be used. */
export class ConfigError extends JuratError<'config-invalid'> {}

/** Flag of an option, without dashes in front. */
export const flagOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** A way to a member. @throws ConfigError */
export function parseRoute(text: string): MemberRoute {
  const [, member, address] = /^(.+?)=(jurat-(?:members|consensus):\/\/.+:\d+)$/.exec(text) ?? []
  if (member === undefined || address === undefined) {
    throw new ConfigError('config-invalid', `--member-routes: "${text}" is not NAME=jurat-members://HOST:PORT`)
  }
  return { member, address }
}

/** `HOST:PORT`. @throws ConfigError */
export function parseAddress(name: string, text: string): ListenAddress {
  const [, host, port] = /^(?:\[([^\]]+)\]|[^:]*):(\d{1,5})$/.exec(text) === null ? [] : splitAddress(text)
  const number = Number(port)
  if (host === undefined || number > 65_535)
    throw new ConfigError('config-invalid', `--${flagOf(name)} ${text} is not HOST:PORT`)
  return { host: host === '' ? '0.0.0.0' : host, port: number }
}

function splitAddress(text: string): [string, string, string] {
  const at = text.lastIndexOf(':')
  return [text, text.slice(0, at).replaceAll(/[[\]]/g, ''), text.slice(at + 1)]
}

/** `true` or `false`; false when nothing is said. @throws ConfigError */
export function parseSwitch(name: string, text: string | null): boolean {
  if (text === null || text === 'false' || text === '0') return false
  if (text === 'true' || text === '1') return true
  throw new ConfigError('config-invalid', `--${flagOf(name)} is true or false`)
}

/** A whole number within bounds. @throws ConfigError */
export function parseNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < least || number > most) {
    throw new ConfigError('config-invalid', `--${flagOf(name)} is a whole number from ${least} to ${most}`)
  }
  return number
}

/** One of a few words. @throws ConfigError */
export function parseChoice<Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((choice) => choice === text)
  if (choice !== undefined) return choice
  throw new ConfigError(
    'config-invalid',
    `--${flagOf(name)} is ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`,
  )
}

/** Items between semicolons. */
export const parseList = (text: string | null): string[] =>
  text === null
    ? []
    : text
        .split(';')
        .map((item) => item.trim())
        .filter((item) => item !== '')

/** `URL vkey [vkey]`. @throws ConfigError */
export function parseWitness(text: string): WitnessConfig {
  const [url = '', ...vkeys] = text.split(/\s+/)
  if (!/^https?:\/\//.test(url) || vkeys.length === 0 || vkeys.length > 2) {
    throw new ConfigError('config-invalid', `--witnesses: "${text}" is not "URL vkey [vkey]"`)
  }
  return { url, vkeys }
}

/** Address of a mirror. @throws ConfigError */
export function parseMirror(text: string): string {
  if (/^https?:\/\/\S+$/.test(text)) return text
  throw new ConfigError('config-invalid', `--mirrors: "${text}" is not the address of a mirror`)
}

/** Port of servers of time (RFC 5905). */
const timePort = 123

/** `HOST`, `HOST:PORT` or `[IPv6]:PORT`. @throws ConfigError */
export function parseTimeSource(text: string): ListenAddress {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? plain
  const number = port === undefined ? timePort : Number(port)
  if (host !== undefined && number > 0 && number <= 65_535) return { host, port: number }
  throw new ConfigError('config-invalid', `--time-sources: "${text}" is not HOST or HOST:PORT`)
}
