/**
 * The node's log: one JSON line an event (pino), in rotated files in the data folder.
 * @module
 */
import { join } from 'node:path'
import { pino, transport } from 'pino'

/** What every part of the node writes its log to. Values of fields never hold a key, a secret or an original. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A log that can be ended. */
export interface ClosableLogger extends Logger {
  /** Resolves when every line so far is in the file. */
  flush(): Promise<void>
}

/** Size at which a log file is closed and the next one begun. */
const logFileSizeMax = '10m'

/** Closed log files that are kept; older ones are removed. */
const logFilesMax = 10

/** Longest wait for the last lines to be written when the log is closed, in milliseconds. */
const flushTimeoutMs = 3_000

/** Field names that never reach a log file, wherever they stand in an event. */
const secretFields = ['apiKey', 'authorization', 'secretKey', 'secret', 'masterKey', 'passphrase']

/**
 * Opens the log `node.<n>.log` in `folder`.
 * @param level - `debug`, `info`, `warn` or `error`: the least that is written.
 * @param complain - told once, in a sentence for people, when the log cannot be written; lines are lost from then on.
 */
export function openLogger(
  folder: string,
  level: string,
  complain: (message: string) => void = (message) => void process.stderr.write(`${message}\n`),
): ClosableLogger {
  const stream = transport({
    target: 'pino-roll',
    options: {
      file: join(folder, 'node'),
      extension: '.log',
      size: logFileSizeMax,
      limit: { count: logFilesMax },
      mkdir: true,
    },
  }) as LogThread
  const thread = survivingFailure(stream, (error) =>
    complain(`The log in ${folder} cannot be written any more: ${error.message}`),
  )
  const redact = secretFields.flatMap((field) => [field, `*.${field}`])
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact }, stream as never)
  return Object.assign(adapt(logger), {
    flush: () =>
      new Promise<void>((resolve) => {
        if (thread.failed) {
          resolve()
          return
        }
        // The thread that writes does not keep the process alive; this timer does until it has ended.
        const timer = setTimeout(resolve, flushTimeoutMs)
        stream.once('close', () => {
          clearTimeout(timer)
          resolve()
        })
        stream.end()
      }),
  })
}

/** The thread that writes, as pino gives it. */
interface LogThread {
  end(): void
  flushSync(): void
  once(event: 'close', listener: () => void): void
  on(event: 'error', listener: (error: Error) => void): void
}

/**
 * A thread that cannot write (a full disk) must not bring down the process: it would by an `error` event that nobody hears, and by
 * exceptions out of the calls that pino makes when the process ends.
 */
function survivingFailure(stream: LogThread, told: (error: Error) => void): { readonly failed: boolean } {
  const state = { failed: false, told: false }
  stream.on('error', (error) => {
    state.failed = true
    if (!state.told) told(error)
    state.told = true
  })
  const flushSync = stream.flushSync.bind(stream)
  const end = stream.end.bind(stream)
  stream.flushSync = () => {
    try {
      if (!state.failed) flushSync()
    } catch {
      // There is no time left to hear why: the process ends.
      state.failed = true
    }
  }
  stream.end = () => {
    if (!state.failed) end()
  }
  return state
}

/** A log that forgets everything, for tests and commands. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

function adapt(logger: Logger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}
