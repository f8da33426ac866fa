/**
 * From an error to the answer that the client gets, on every path alike, and to the line in the log that its trace id
 * finds.
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { Logger } from '../observe/logger.ts'
import { problemAnswer, toProblem, type ProblemAnswer } from './problems.ts'
import { chooseLanguage } from './language.ts'

/** Headers of every answer. */
export const commonHeaders = { 'x-content-type-options': 'nosniff' } as const

/** What is told of a request that failed. A node:http request is one. */
export interface FailedRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Whether its body was read. */
  readonly complete: boolean
}

/** Describes a failure to the client and to the log. */
export function describeFailure(request: FailedRequest, error: unknown, logger: Logger): ProblemAnswer {
  const problem = toProblem(error)
  const traceId = randomBytes(8).toString('hex')
  const fields = { traceId, method: request.method, url: request.url, code: problem.code }
  if (problem.code === 'internal-error') {
    const { cause } = problem
    // An error as it is would be an empty object in the log.
    logger.error(
      { ...fields, error: cause instanceof Error ? (cause.stack ?? cause.message) : cause },
      'A request failed',
    )
  } else logger.debug({ ...fields, detail: problem.message }, 'A request was refused')
  const answer = problemAnswer(problem, chooseLanguage(String(request.headers['accept-language'] ?? '')), traceId)
  // What the client still wants to send is not read: the connection ends with the answer.
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  const unread = hasBody && !request.complete
  return { ...answer, headers: { ...commonHeaders, ...answer.headers, ...(unread && { connection: 'close' }) } }
}

/** Headers as the lines of an HTTP/1.1 head. */
export const headerText = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')

/** The same lines as the flat list that node:http takes. */
export const headerList = (text: string): string[] =>
  text
    .split('\r\n')
    .filter((line) => line !== '')
    .flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
