/**
 * What the command says, in the reader's language.
 * @module
 */
import { cliEn } from '@jurat/verify/messages/cli/en'
import type { CliMessages } from '@jurat/verify/messages/cli/en'
import { cliZhCn } from '@jurat/verify/messages/cli/zh-CN'
import { cliZhTw } from '@jurat/verify/messages/cli/zh-TW'

/** The languages. */
export const languages = ['en', 'zh-CN', 'zh-TW'] as const

/** A language of the command. */
export type Language = (typeof languages)[number]

/** Key of a message of the command. */
export type MessageKey = keyof CliMessages

/** Values for the placeholders. */
export type MessageValues = Readonly<Record<string, string | number>>

const catalogue: Readonly<Record<Language, CliMessages>> = { en: cliEn, 'zh-CN': cliZhCn, 'zh-TW': cliZhTw }

/** A message with its placeholders filled. */
export function speak(language: Language, key: MessageKey, values: MessageValues = {}): string {
  return catalogue[language][key].replaceAll(/\{(\w+)\}/gu, (whole, name: string) => String(values[name] ?? whole))
}

/** The language for a tag or a locale: `zh_TW.UTF-8`, `zh-Hant-HK`, `en_GB`. Unknown ones are English. */
export function languageOf(tag: string): Language {
  const parts = tag.toLowerCase().split(/[-_.@]/u)
  if (parts[0] !== 'zh') return 'en'
  return ['hant', 'tw', 'hk', 'mo'].some((part) => parts.includes(part)) ? 'zh-TW' : 'zh-CN'
}
