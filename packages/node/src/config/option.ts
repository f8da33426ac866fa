/**
 * What an option of the configuration is, and the kinds of options there are.
 * @module
 */
import { type ListenAddress, parseAddress, parseChoice, parseList, parseNumber, parseSwitch } from './values.ts'

/** One option, as the manual and the parser know it. Its name is its key in a group of options. */
export interface Option<Value> {
  /** A flag of a switch needs no value. */
  readonly isSwitch: boolean
  /** What holds when nothing is said, as the manual shows it; empty: nothing. */
  readonly fallback: string
  /** Meaning, unit, danger. */
  readonly meaning: string
  /** A second variable that is read after the own one. */
  readonly variable?: string
  /** The value of a text; null: nothing was said. @throws ConfigError naming the option */
  readonly read: (text: string | null, name: string) => Value
}

/** Options by name. */
export type OptionGroup = Readonly<Record<string, Option<unknown>>>

/** The values of a group of options. */
export type ValuesOf<Group extends OptionGroup> = { readonly [Name in keyof Group]: ReturnType<Group[Name]['read']> }

/** Any text, or nothing. */
export const textOption = (meaning: string, shown = ''): Option<string | null> => ({
  isSwitch: false,
  fallback: shown,
  meaning,
  read: (text) => text,
})

/** A whole number from `least` to `most`. */
export const numberOption = (
  fallback: number,
  [least, most]: readonly [least: number, most: number],
  meaning: string,
): Option<number> => ({
  isSwitch: false,
  fallback: String(fallback),
  meaning,
  read: (text, name) => (text === null ? fallback : parseNumber(name, text, least, most)),
})

/** Off unless it is said. */
export const switchOption = (meaning: string): Option<boolean> => ({
  isSwitch: true,
  fallback: 'false',
  meaning,
  read: (text, name) => parseSwitch(name, text),
})

/** HOST:PORT, or nothing. */
export const addressOption = (meaning: string): Option<ListenAddress | null> => ({
  isSwitch: false,
  fallback: '',
  meaning,
  read: (text, name) => (text === null ? null : parseAddress(name, text)),
})

/** Items between semicolons. */
export const listOption = <Item>(meaning: string, parse: (text: string) => Item): Option<readonly Item[]> => ({
  isSwitch: false,
  fallback: '',
  meaning,
  read: (text) => parseList(text).map(parse),
})

/** One of a few words. */
export const choiceOption = <Choice extends string>(
  fallback: Choice,
  choices: readonly Choice[],
  meaning: string,
): Option<Choice> => ({
  isSwitch: false,
  fallback,
  meaning,
  read: (text, name) => (text === null ? fallback : parseChoice(name, text, choices)),
})
