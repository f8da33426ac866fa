/**
 * CometBFT's log lines in the node's log. Lines that repeat are counted, so that a network without quorum does not fill
 * the disk; fields of keys are never forwarded.
 * @module
 */
import type { Logger } from '../../../observe/logger.ts'

/** Most lines that are forwarded in one second; the rest are counted. */
export const linesPerSecondMax = 50

/** Longest line that is read; a longer one is cut. */
const lineBytesMax = 8_192

/** CometBFT's words for a store that is behind what its application has executed: an older one, and an empty one. */
const behindWords = [/app block height \(\d+\) is higher than core/, /Did you reset CometBFT without resetting/]

const secretFields = /key|priv|secret|sign/i

/** Forwards what a child writes. */
export class ChildLog {
  readonly #logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  readonly #now: () => number
  readonly #behind: () => void
  #rest = ''
  #second = -1
  #lines = 0
  #dropped = 0

  /**
   * @param now - Monotonic milliseconds.
   * @param behind - Told when CometBFT says that its store is behind the ledger: it ends then.
   */
  constructor(
    logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>,
    now: () => number,
    behind: () => void = () => undefined,
  ) {
    this.#logger = logger
    this.#now = now
    this.#behind = behind
  }

  /** Takes what was read from the child's output. */
  write(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = (lines.pop() ?? '').slice(0, lineBytesMax)
    for (const line of lines) if (line.trim() !== '') this.#line(line.slice(0, lineBytesMax))
  }

  #line(line: string): void {
    if (behindWords.some((words) => words.test(line))) this.#behind()
    const second = Math.floor(this.#now() / 1000)
    if (second !== this.#second) {
      if (this.#dropped > 0) this.#logger.warn({ lines: this.#dropped }, 'CometBFT wrote more than is kept')
      this.#second = second
      this.#lines = 0
      this.#dropped = 0
    }
    if (this.#lines >= linesPerSecondMax) {
      this.#dropped++
      return
    }
    this.#lines++
    const { level, message, fields } = readLine(line)
    this.#logger[level](fields, `cometbft: ${message}`)
  }
}

function readLine(line: string): {
  level: 'debug' | 'info' | 'warn' | 'error'
  message: string
  fields: Record<string, unknown>
} {
  try {
    const { level, _msg: message, ts: _, ...rest } = JSON.parse(line) as Record<string, unknown>
    const fields = Object.fromEntries(Object.entries(rest).filter(([name]) => !secretFields.test(name)))
    return {
      // What CometBFT calls information is detail to an operator of ours.
      level: level === 'error' ? 'error' : 'debug',
      message: typeof message === 'string' ? message : '',
      fields,
    }
  } catch {
    // A panic is plain text, and what an operator needs.
    return { level: 'warn', message: line, fields: {} }
  }
}
