/**
 * From an error to the answer that the client gets, on every path alike, and to the line in the log that its trace id
 * finds.
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../observe/logger.ts'
import { problemAnswer, toProblem, type ProblemAnswer } from './problems.ts'
import { chooseLanguage } from './problemTexts.ts'

/** Headers of every answer. */
export const commonHeaders = { 'x-content-type-options': 'nosniff' } as const

/** Describes a failure to the client and to the log. */
export function describeFailure(request: IncomingMessage, error: unknown, logger: Logger): ProblemAnswer {
  const problem = toProblem(error)
  const traceId = randomBytes(8).toString('hex')
  const fields = { traceId, method: request.method, url: request.url, code: problem.code }
  if (problem.code === 'internal-error')
    logger.error({ ...fields, error: problem.cause ?? problem }, 'A request failed')
  else logger.debug({ ...fields, detail: problem.message }, 'A request was refused')
  const answer = problemAnswer(problem, chooseLanguage(request.headers['accept-language']), traceId)
  // What the client still wants to send is not read: the connection ends with the answer.
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  const unread = hasBody && !request.complete
  return { ...answer, headers: { ...commonHeaders, ...answer.headers, ...(unread && { connection: 'close' }) } }
}

/** Answers a failure on a raw request. */
export function answerFailure(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  logger: Logger,
): number {
  const { status, headers, body } = describeFailure(request, error, logger)
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
  return status
}
