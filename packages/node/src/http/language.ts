/**
 * The language of an answer, and the texts of problems out of the one catalogue.
 * @module
 */
import type { ProblemCode } from '@jurat/api/problems'
import { type Language, languageOf } from '@jurat/verify/messages/language'
import { message } from '@jurat/verify/messages/message'

/** Characters of the header that are looked at. */
const headerCharactersMax = 256

/** What happened and what to do. */
export function problemText(code: ProblemCode, language: Language): { title: string; action: string } {
  return { title: message(language, `problem.${code}.title`), action: message(language, `problem.${code}.action`) }
}

/** The language of an `Accept-Language` header (RFC 9110, section 12.5.4); English when none fits. */
export function chooseLanguage(header: string): Language {
  const ranges = header
    .slice(0, headerCharactersMax)
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
  const known = ranges.find(({ tag }) => /^(zh|en)\b/.test(tag))
  return known === undefined ? 'en' : languageOf(known.tag)
}
