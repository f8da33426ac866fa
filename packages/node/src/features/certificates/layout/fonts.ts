/**
 * The fonts of documents: those that the node brings along, and one for rare characters where the machine has it. A character
 * that none of them has is refused: the layout would draw nothing in its place.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Language } from '@jurat/verify/messages/language'
import { addCoverage, Coverage } from './cmap.ts'
import { LayoutError } from './error.ts'

/** Where Debian's package `fonts-noto-cjk` has the collection; its third face is that of simplified Chinese. */
const rareFont = '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'
const rareFace = 2
const rareFamily = 'Noto Sans CJK SC'

/** The font of digests is in the compiler. */
export const digestFamily = 'DejaVu Sans Mono'

/** Files of fonts by their place in packages of npm. */
const brought = [
  '@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf',
  '@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf',
  '@expo-google-fonts/noto-sans-tc/400Regular/NotoSansTC_400Regular.ttf',
  '@expo-google-fonts/noto-sans-tc/700Bold/NotoSansTC_700Bold.ttf',
] as const

/** The fonts of an installation. */
export interface Fonts {
  /** Paths of all files, in their order. */
  readonly files: readonly string[]
  /** Families in the order in which a character is looked for: the same character has other forms in Taipei. */
  readonly families: (language: Language) => readonly string[]
  /** Characters of a text that cannot be set, each once. */
  readonly missing: (text: string) => readonly string[]
}

/** Finds the fonts and reads which characters they have: about 40 ms, once. @throws {LayoutError} `font-missing` */
export function findFonts(rare: string = rareFont): Fonts {
  const { resolve } = createRequire(import.meta.url)
  const files = brought.map((place) => {
    try {
      return resolve(place)
    } catch (cause) {
      throw new LayoutError('font-missing', `the font ${place} is not installed`, { cause })
    }
  })
  const coverage = new Coverage()
  // Bold faces have the characters of the regular ones; a test holds them to it.
  for (const path of files.filter((path) => path.includes('Regular'))) addCoverage(coverage, readFileSync(path))
  const hasRare = existsSync(rare)
  if (hasRare) addCoverage(coverage, readFileSync(rare), rareFace)
  const [simplified, traditional] = ['Noto Sans SC', 'Noto Sans TC']
  const others = hasRare ? [rareFamily] : []
  return {
    files: hasRare ? [...files, rare] : files,
    families: (language) =>
      language === 'zh-TW' ? [traditional, simplified, ...others] : [simplified, traditional, ...others],
    missing: (text) => [...new Set(text)].filter((character) => !isSettable(coverage, character)),
  }
}

/**
 * Controls, marks of direction and whatever is drawn as nothing would let a text look like another: they are not set, even if
 * a font has them.
 */
function isSettable(coverage: Coverage, character: string): boolean {
  if (/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(character)) return false
  return coverage.has(character.codePointAt(0) ?? 0)
}

/** `U+4E2D` and the character, for people. */
export function namedCharacter(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  return /\p{C}|\p{Default_Ignorable_Code_Point}/u.test(character) ? code : `${code} ${character}`
}
