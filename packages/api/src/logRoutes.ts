/**
 * Routes of the log (C2SP tlog-tiles), of the witness (C2SP tlog-witness) and of the node itself. Their errors follow
 * those documents where they say something, and are problem documents elsewhere.
 * @module
 */
import { rawBodyBytesMax, witnessBodyBytesMax } from './limits.ts'
import { Health } from './network.ts'
import { answer, bytesAnswer, routeTable } from './route.ts'
import { Hash } from './values.ts'
import { Type } from 'typebox'

/** A checkpoint, and a tile below its place: what each prefix of a log has (c2sp.org/tlog-tiles). */
const theNote = bytesAnswer('the note', 'text/plain; charset=utf-8')
const tilePath = Type.Object({ path: Type.String({ maxLength: 200 }) })
const tileBytes = bytesAnswer('hashes, or entries with u16 lengths', 'application/octet-stream')

export const logRoutes = routeTable({
  getCheckpoint: {
    method: 'GET',
    path: '/log/checkpoint',
    tag: 'log',
    summary: 'The newest quorum-complete checkpoint, a signed note',
    scope: null,
    answers: { 200: theNote },
  },
  getTile: {
    method: 'GET',
    path: '/log/tile/{path*}',
    tag: 'log',
    summary: 'A tile or an entry bundle',
    scope: null,
    params: tilePath,
    answers: { 200: tileBytes },
  },
  getWitnessedCheckpoint: {
    method: 'GET',
    path: '/log/witnessed/checkpoint',
    tag: 'log',
    summary:
      'The newest checkpoint of <network>/<member> with cosignatures of outside witnesses (consortium), a signed note',
    scope: null,
    answers: { 200: theNote },
  },
  getWitnessedTile: {
    method: 'GET',
    path: '/log/witnessed/tile/{path*}',
    tag: 'log',
    summary: 'The same tiles as below /log/tile/: /log/witnessed is the prefix of the log <network>/<member>',
    scope: null,
    params: tilePath,
    answers: { 200: tileBytes },
  },
  addRaw: {
    method: 'POST',
    path: '/log/add',
    tag: 'log',
    summary: 'Add one raw body as an entry (off unless started with --raw-front)',
    scope: null,
    body: { mediaType: 'application/octet-stream', schema: null },
    bodyBytesMax: rawBodyBytesMax,
    answers: { 200: bytesAnswer('its index in decimal; the served checkpoint covers it', 'text/plain; charset=utf-8') },
  },
  addCheckpoint: {
    method: 'POST',
    path: '/witness/add-checkpoint',
    tag: 'log',
    summary: 'Ask this node to cosign a checkpoint of another log',
    scope: null,
    body: { mediaType: 'text/plain', schema: null },
    bodyBytesMax: witnessBodyBytesMax,
    answers: { 200: bytesAnswer('cosignature lines', 'text/plain; charset=utf-8') },
  },
  getCosignedCheckpoint: {
    method: 'GET',
    path: '/witness/{origin}/checkpoint',
    tag: 'log',
    summary: 'The last checkpoint of another log that this node cosigned, by the SHA-256 of its origin',
    scope: null,
    params: Type.Object({ origin: Hash }, { additionalProperties: false }),
    answers: { 200: theNote },
  },
  getHealth: {
    method: 'GET',
    path: '/health',
    tag: 'node',
    summary: 'Whether the node makes progress',
    scope: null,
    answers: { 200: answer('it does', Health), 503: answer('it does not', Health) },
  },
  getMetrics: {
    method: 'GET',
    path: '/metrics',
    tag: 'node',
    summary: 'Metrics in the Prometheus text format',
    scope: null,
    answers: { 200: bytesAnswer('metrics', 'text/plain; version=0.0.4; charset=utf-8') },
  },
  getOpenapi: {
    method: 'GET',
    path: '/openapi.json',
    tag: 'node',
    summary: 'This interface as an OpenAPI 3.1 document',
    scope: null,
    answers: { 200: answer('the document', Type.Object({ openapi: Type.String() }, { additionalProperties: true })) },
  },
  getReference: {
    method: 'GET',
    path: '/reference',
    tag: 'node',
    summary: 'This interface as a page',
    scope: null,
    answers: { 200: bytesAnswer('the page', 'text/html; charset=utf-8') },
  },
  getReferenceScript: {
    method: 'GET',
    path: '/reference/{file}',
    tag: 'node',
    summary: 'What the page needs',
    scope: null,
    params: Type.Object({ file: Type.String({ maxLength: 100 }) }),
    answers: { 200: bytesAnswer('a script or style', 'text/javascript; charset=utf-8') },
  },
})
