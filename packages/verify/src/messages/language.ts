/**
 * The languages of the catalogue. A page that verifies needs these without the whole of it.
 * @module
 */

/** The languages, the first being that of tongues we do not have. */
export const languages = ['en', 'zh-CN', 'zh-TW'] as const

/** A language. */
export type Language = (typeof languages)[number]

/** The language for a tag or a locale: `zh_TW.UTF-8`, `zh-Hant-HK`, `en_GB`. Unknown ones are English. */
export function languageOf(tag: string): Language {
  const parts = tag.toLowerCase().split(/[-_.@]/u)
  if (parts[0] !== 'zh') return 'en'
  return ['hant', 'tw', 'hk', 'mo'].some((part) => parts.includes(part)) ? 'zh-TW' : 'zh-CN'
}
