/**
 * The language of the page: what it says, and saying it again when the reader chooses another one.
 * @module
 */
import { fill } from '../messages/fill.ts'
import { type Language, languageOf } from '../messages/language.ts'
import { pageEn, type PageMessages } from '../messages/page/en.ts'
import { pageZhCn } from '../messages/page/zh-CN.ts'
import { pageZhTw } from '../messages/page/zh-TW.ts'
import { verdictEn, type VerdictMessages } from '../messages/verdict/en.ts'
import { verdictZhCn } from '../messages/verdict/zh-CN.ts'
import { verdictZhTw } from '../messages/verdict/zh-TW.ts'
import { verifyEn, type VerifyMessages } from '../messages/verify/en.ts'
import { verifyZhCn } from '../messages/verify/zh-CN.ts'
import { verifyZhTw } from '../messages/verify/zh-TW.ts'
import type { Values } from '../verdict.ts'

type Messages = VerifyMessages & VerdictMessages & PageMessages

/** Key of a message that the page can say. */
export type SpeechKey = keyof Messages

/** Every language by the name that its readers give it. */
export const languageNames: Readonly<Record<Language, string>> = {
  en: 'English',
  'zh-CN': '简体中文',
  'zh-TW': '繁體中文',
}

const messages: Readonly<Record<Language, Messages>> = {
  en: { ...verifyEn, ...verdictEn, ...pageEn },
  'zh-CN': { ...verifyZhCn, ...verdictZhCn, ...pageZhCn },
  'zh-TW': { ...verifyZhTw, ...verdictZhTw, ...pageZhTw },
}

/** Says messages in the chosen language. */
export class Speech {
  #language: Language
  readonly #spoken: (() => void)[] = []

  /** @param tags - the reader's languages, the preferred first. */
  constructor(tags: readonly string[]) {
    this.#language = languageOf(tags[0] ?? 'en')
  }

  get language(): Language {
    return this.#language
  }

  /** A message. */
  say = (key: SpeechKey, values: Values = {}): string => fill(messages[this.#language][key], values)

  /** Runs `speak` now and after every change of the language. */
  always(speak: () => void): void {
    this.#spoken.push(speak)
    speak()
  }

  /** Gives an element its text, in whatever language is chosen. */
  on<Spoken extends HTMLElement>(spoken: Spoken, key: SpeechKey, values: Values = {}): Spoken {
    this.always(() => {
      spoken.textContent = this.say(key, values)
    })
    return spoken
  }

  /** Chooses another language. */
  change(language: Language): void {
    this.#language = language
    for (const speak of this.#spoken) speak()
  }
}
