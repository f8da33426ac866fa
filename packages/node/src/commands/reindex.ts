/**
 * `reindex`: empties the projections and builds them anew from the segments. Wants the node stopped.
 * @module
 */
import { toHex } from '@jurat/core/bytes'
import { ProjectionService } from '../database/projectionService.ts'
import type { Logger } from '../observe/logger.ts'
import { noMetrics } from '../observe/metrics.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { complain, say, whileStopped } from './stopped.ts'
import { readStoppedLedger } from './stoppedLedger.ts'

/** How often progress is shown, milliseconds. */
const showEveryMs = 500

/** Runs the command. */
export function reindex(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return whileStopped(args, environment, async ({ config, files }) => {
    const { networkId, durable } = await readStoppedLedger(files, config.data)
    const { height } = durable
    const logger: Logger = {
      debug() {},
      info() {},
      warn: (fields, message) => complain(`${message} ${JSON.stringify(fields)}`),
      error: (fields, message) => complain(`${message} ${JSON.stringify(fields)}`),
    }
    const service = new ProjectionService(
      {
        folder: config.data,
        databaseUrl: config.databaseUrl === 'off' ? null : config.databaseUrl,
        networkId: toHex(networkId),
        logger,
        metrics: noMetrics,
        timers: systemTimers,
        monotonic: () => systemClock.monotonic(),
      },
      true,
    )
    service.durable(height)
    service.start()
    while (service.projectedHeight < height) {
      await systemTimers.sleep(showEveryMs)
      complain(`${Math.max(0, service.projectedHeight)} of ${height} blocks`)
    }
    await service.stop()
    say(`The projections hold all ${height} blocks.`)
    return 0
  })
}
