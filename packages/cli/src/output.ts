/**
 * What a command prints: results on stdout, everything else on stderr; with `--json` exactly one JSON document on stdout.
 * @module
 */
import { SdkError } from '@jurat/sdk/errors'
import type { SdkErrorCode } from '@jurat/sdk/errors'
import { CliError, exitCodes } from './exitCodes.ts'
import type { ExitCode } from './exitCodes.ts'
import { isMessageKey, message } from '@jurat/verify/messages/message'
import type { Language } from '@jurat/verify/messages/language'
import type { MessageKey } from '@jurat/verify/messages/message'

/** A stream that a command writes to. */
export interface TextStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

/** Prints for people or for programs. */
export class Output {
  readonly #stdout: TextStream
  readonly #stderr: TextStream
  readonly asJson: boolean

  constructor(stdout: TextStream, stderr: TextStream, asJson: boolean) {
    this.#stdout = stdout
    this.#stderr = stderr
    this.asJson = asJson
  }

  /** The result of the command: lines for people, one document for programs. */
  result(lines: readonly string[] | string, document: unknown): void {
    if (this.asJson) this.#stdout.write(`${JSON.stringify(document, null, 2)}\n`)
    else this.raw(`${typeof lines === 'string' ? lines : lines.join('\n')}\n`)
  }

  /** Text that is the result itself (a note, a completion script), the same for people and programs. */
  raw(text: string): void {
    this.#stdout.write(text)
  }

  /** A remark that is no part of the result. */
  remark(text: string): void {
    if (!this.asJson) this.#stderr.write(`${text}\n`)
  }

  /** Whether a progress bar would be seen by a person. */
  get showsProgress(): boolean {
    return !this.asJson && this.#stderr.isTTY === true
  }

  /**
   * Prints a failure in the reader's language and gives the exit code. An error that nobody foresaw keeps its stack: it
   * is a bug.
   */
  failure(error: unknown, language: Language): ExitCode {
    const { exitCode, code, lines, details } = describeFailure(error, language)
    if (this.asJson)
      this.#stdout.write(`${JSON.stringify({ error: { code, message: lines[0], ...details } }, null, 2)}\n`)
    else this.#stderr.write(`jurat: ${lines.join('\n       ')}\n`)
    return exitCode
  }
}

interface Failure {
  readonly exitCode: ExitCode
  readonly code: string
  readonly lines: readonly string[]
  readonly details?: Record<string, unknown>
}

/** SDK codes that say that something given by the user cannot be used. */
const usageCodes: ReadonlySet<string> = new Set([
  'passphrase-wrong',
  'key-file-malformed',
  'key-unknown',
  'key-map-invalid',
  'receipt-malformed',
  'trust-malformed',
  'index-beyond',
  'transaction-file-malformed',
  'parameter-missing',
  'operation-unknown',
])

function describeFailure(error: unknown, language: Language): Failure {
  if (error instanceof CliError) {
    const { exitCode, code, said } = error
    return { exitCode, code, lines: [said === null ? error.message : message(language, said.key, said.values)] }
  }
  if (error instanceof SdkError) return describeSdkFailure(error, language)
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { exitCode: exitCodes.failed, code: 'unexpected', lines: [text] }
}

/** The compiler holds that the catalogue has every code of the library. */
const sdkKey = (code: SdkErrorCode): MessageKey => `sdk.${code}`

function describeSdkFailure(error: SdkError, language: Language): Failure {
  const problem = error.problem
  if (problem === null) {
    const exitCode = usageCodes.has(error.code)
      ? exitCodes.usage
      : error.code === 'signature-missing' || error.code === 'receipt-mismatch'
        ? exitCodes.failed
        : error.code === 'authority-refused'
          ? exitCodes.refused
          : exitCodes.unreachable
    // The library speaks English; what its code means is said in the reader's language around that.
    const key = sdkKey(error.code as SdkErrorCode)
    const text = isMessageKey(key) ? message(language, key, { detail: error.message }) : error.message
    return { exitCode, code: error.code, lines: [text] }
  }
  const code = problem.resultCode === undefined ? problem.code : `${String(problem.resultCode)} ${problem.code}`
  const lines = [`${problem.title} (${code})`]
  if (problem.detail !== undefined) lines.push(problem.detail)
  lines.push(problem.action, message(language, 'cli.trace', { trace: problem.traceId }))
  return { exitCode: exitCodes.refused, code: problem.code, lines, details: { problem } }
}
