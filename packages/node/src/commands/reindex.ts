/**
 * `reindex`: empties the projections and builds them anew from the segments. Wants the node stopped.
 * @module
 */
import { join } from 'node:path'
import { networkIdOf } from '@jurat/core/ledger/genesis'
import { toHex } from '@jurat/core/bytes'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { ProjectionService } from '../database/projectionService.ts'
import type { Logger } from '../observe/logger.ts'
import { noMetrics } from '../observe/metrics.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import type { Files } from '../platform/files.ts'
import { decodeBlock } from '../store/blockRecord.ts'
import { folders } from '../store/openStore.ts'
import { SegmentStore } from '../store/segments.ts'
import { DataFolderError, dataPaths } from './dataFolder.ts'
import { complain, say, whileStopped } from './stopped.ts'

/** How often progress is shown, milliseconds. */
const showEveryMs = 500

/** Runs the command. */
export function reindex(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return whileStopped(args, environment, async ({ config, files }) => {
    const genesis = await files.readFile(dataPaths(config.data).genesis)
    if (genesis === null) throw new DataFolderError('data-folder-broken', `${config.data} holds no node`)
    const height = await lastStoredHeight(files, config.data)
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
        networkId: toHex(networkIdOf(nodeCrypto, genesis)),
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

/** Height of the last whole block in the segments; 0 is the genesis. */
async function lastStoredHeight(files: Files, data: string): Promise<number> {
  const { last } = await SegmentStore.open(files, join(data, folders.segments))
  return last === null ? 0 : decodeBlock(last.payload).height
}
