/**
 * What happened and what to do, for every problem code, out of the one catalogue of messages.
 * @module
 */
import type { ProblemCode } from '@jurat/api/problems'
import { type Language, message } from '@jurat/verify/messages/message'

/** Title and action of a problem. */
export function problemText(code: ProblemCode, language: Language): { title: string; action: string } {
  return { title: message(language, `problem.${code}.title`), action: message(language, `problem.${code}.action`) }
}

/** The language of an `Accept-Language` header (RFC 9110, section 12.5.4); English when none fits. */
export function chooseLanguage(header: string | undefined): Language {
  if (header === undefined) return 'en'
  const ranges = header
    .slice(0, 256)
    .split(',')
    .map((range, position) => {
      const [tag = '', quality] = range
        .trim()
        .toLowerCase()
        .split(/;\s*q=/)
      return { tag, quality: quality === undefined ? 1 : Number(quality) || 0, position }
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality || a.position - b.position)
  for (const { tag } of ranges) {
    if (/^zh-(hant|tw|hk|mo)/.test(tag)) return 'zh-TW'
    if (tag.startsWith('zh')) return 'zh-CN'
    if (tag.startsWith('en') || tag === '*') return 'en'
  }
  return 'en'
}
