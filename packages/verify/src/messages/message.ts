/**
 * One catalogue of messages in three languages: for verifications and their pages, for the command, for the problems
 * of the HTTP interface, and for what the ledger answers.
 * @module
 */
import { certificateEn, type CertificateMessages } from './certificate/en.ts'
import { certificateZhCn } from './certificate/zh-CN.ts'
import { certificateZhTw } from './certificate/zh-TW.ts'
import { cliEn, type CliMessages } from './cli/en.ts'
import { cliZhCn } from './cli/zh-CN.ts'
import { cliZhTw } from './cli/zh-TW.ts'
import { codesEn, type CodeMessages } from './codes/en.ts'
import { codesZhCn } from './codes/zh-CN.ts'
import { codesZhTw } from './codes/zh-TW.ts'
import { fill, type MessageValues } from './fill.ts'
import { identityEn, type IdentityMessages } from './identity/en.ts'
import { identityZhCn } from './identity/zh-CN.ts'
import { identityZhTw } from './identity/zh-TW.ts'
import type { Language } from './language.ts'
import { pageEn, type PageMessages } from './page/en.ts'
import { pageZhCn } from './page/zh-CN.ts'
import { pageZhTw } from './page/zh-TW.ts'
import { problemsEn, type ProblemMessages } from './problems/en.ts'
import { problemsZhCn } from './problems/zh-CN.ts'
import { problemsZhTw } from './problems/zh-TW.ts'
import { sdkEn, type SdkMessages } from './sdk/en.ts'
import { sdkZhCn } from './sdk/zh-CN.ts'
import { sdkZhTw } from './sdk/zh-TW.ts'
import { verdictEn, type VerdictMessages } from './verdict/en.ts'
import { verdictZhCn } from './verdict/zh-CN.ts'
import { verdictZhTw } from './verdict/zh-TW.ts'
import { verifyEn, type VerifyMessages } from './verify/en.ts'
import { verifyZhCn } from './verify/zh-CN.ts'
import { verifyZhTw } from './verify/zh-TW.ts'

const english: VerifyMessages &
  VerdictMessages &
  PageMessages &
  CodeMessages &
  ProblemMessages &
  CliMessages &
  SdkMessages &
  CertificateMessages &
  IdentityMessages = {
  ...verifyEn,
  ...verdictEn,
  ...pageEn,
  ...codesEn,
  ...problemsEn,
  ...cliEn,
  ...sdkEn,
  ...certificateEn,
  ...identityEn,
}

/** Key of a message. */
export type MessageKey = keyof typeof english

/** Every message of every language. */
export const catalogue: Readonly<Record<Language, Readonly<Record<MessageKey, string>>>> = {
  en: english,
  'zh-CN': {
    ...verifyZhCn,
    ...verdictZhCn,
    ...pageZhCn,
    ...codesZhCn,
    ...problemsZhCn,
    ...cliZhCn,
    ...sdkZhCn,
    ...certificateZhCn,
    ...identityZhCn,
  },
  'zh-TW': {
    ...verifyZhTw,
    ...verdictZhTw,
    ...pageZhTw,
    ...codesZhTw,
    ...problemsZhTw,
    ...cliZhTw,
    ...sdkZhTw,
    ...certificateZhTw,
    ...identityZhTw,
  },
}

/** A message with its placeholders filled. Placeholders without a value stay as they are. */
export function message(language: Language, key: MessageKey, values: MessageValues = {}): string {
  return fill(catalogue[language][key], values)
}

/** What a result code of the ledger means; empty for one that this version does not know. */
export function meaningOf(language: Language, code: number): string {
  const key = `code.${code}`
  return isMessageKey(key) ? message(language, key) : ''
}

/** Whether the catalogue has a message of this key. */
export const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(english, key)
