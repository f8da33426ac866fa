/**
 * The fast address of POST /log/add: one body, one entry, its index in decimal.
 * @module
 */
import { rawBodyBytesMax } from '@jurat/api/limits'
import { type FastRoute, isPlainType } from './fastRoute.ts'

/** @param add - Adds one body as an entry; its index when the served checkpoint covers it. */
export function fastRaw(add: (body: Uint8Array) => Promise<number>): FastRoute {
  return {
    operationId: 'addRaw',
    route: 'POST /log/add',
    bodyBytesMax: rawBodyBytesMax,
    mediaType: 'text/plain; charset=utf-8',
    begin({ url, headers }) {
      if (url !== '/log/add' || headers['idempotency-key'] !== undefined) return null
      if (!isPlainType(headers['content-type'])) return null
      // The buffer that it arrived in is shared with other requests: the entry needs its own bytes.
      return async (body) => String(await add(Uint8Array.from(body)))
    },
  }
}
