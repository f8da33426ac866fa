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
 */
export function openLogger(folder: string, level: string): ClosableLogger {
  const stream = transport({
    target: 'pino-roll',
    options: {
      file: join(folder, 'node'),
      extension: '.log',
      size: logFileSizeMax,
      limit: { count: logFilesMax },
      mkdir: true,
    },
  }) as { end(): void; once(event: 'close', listener: () => void): void }
  const redact = secretFields.flatMap((field) => [field, `*.${field}`])
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact }, stream as never)
  return Object.assign(adapt(logger), {
    flush: () =>
      new Promise<void>((resolve) => {
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
