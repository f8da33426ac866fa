/**
 * Alarms: in the log, as a metric, and on disk with the notes that prove them, one file each in `alarms/` of the data folder.
 * Logs are rotated; evidence must stay until somebody has looked at it. docs/operating/monitoring.md.
 * @module
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fromText } from '@jurat/core/bytes'
import type { Clock } from '../platform/clock.ts'
import type { Files } from '../platform/files.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

/** Most alarms on disk; the first ones stay: whoever can raise alarms must not be able to fill the disk. */
export const alarmFilesMax = 64

/** Most bytes of one, more than two notes of the greatest length in JSON. */
const alarmBytesMax = 4 * 1_048_576

/** Hexadecimal digits of a file's name: of the SHA-256 of what the alarm says. */
const nameDigits = 16

/** What raising an alarm needs. */
export interface AlarmsOptions {
  readonly files: Pick<Files, 'list' | 'makeFolder' | 'createFile'>
  /** Where they are kept. */
  readonly folder: string
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Pick<Logger, 'error' | 'warn'>
  readonly metrics: Pick<Metrics, 'count'>
}

/** Raises alarms. */
export class Alarms {
  readonly #options: AlarmsOptions
  #work: Promise<void> = Promise.resolve()

  constructor(options: AlarmsOptions) {
    this.#options = options
  }

  /** Raises one; it is not written again when the same is on disk, also from before a restart. Never throws. */
  raise(message: string, details: object): void {
    const { logger, metrics } = this.#options
    metrics.count('alarms_total', 1, { kind: 'log' })
    logger.error(details, message)
    this.#work = this.#work.then(async () => {
      try {
        await this.#write(message, details)
      } catch (error) {
        logger.warn({ alarm: message, error: String(error) }, 'An alarm could not be written to disk')
      }
    })
  }

  /** Resolves when everything so far is on disk. */
  settled(): Promise<void> {
    return this.#work
  }

  async #write(message: string, details: object): Promise<void> {
    const { files, folder, clock } = this.#options
    const digest = createHash('sha256').update(JSON.stringify({ message, ...details }))
    const name = `${digest.digest('hex').slice(0, nameDigits)}.json`
    await files.makeFolder(folder, { mode: 0o700 })
    const present = await files.list(folder)
    if (present.includes(name) || present.length >= alarmFilesMax) return
    const alarm = { at: new Date(clock.now()).toISOString(), message, ...details }
    const bytes = fromText(`${JSON.stringify(alarm, null, 2)}\n`)
    if (bytes.length > alarmBytesMax) throw new Error(`an alarm of ${bytes.length} bytes is too long`)
    await files.createFile(join(folder, name), bytes, { mode: 0o600, maker: 'alarm' })
  }
}
