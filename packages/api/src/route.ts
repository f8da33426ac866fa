/**
 * What a route is. The table of routes (routes.ts) is the only description of the interface: the server, the client's
 * types and the OpenAPI document all follow from it.
 * @module
 */
import type { Type } from 'typebox'
import type { Scope } from './scopes.ts'

/** A body: its media type and, for JSON, its schema. */
export interface Content {
  readonly mediaType: string
  readonly schema: Type.TSchema | null
}

/** An answer that a route declares. A status of 400 and more is always a problem document and not declared here. */
export interface Answer extends Content {
  readonly description: string
}

/** One route. `{name}` in the path is a parameter; a last `{name*}` takes the rest of the path. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly tag:
    | 'deposits'
    | 'ledger'
    | 'organisations'
    | 'originals'
    | 'verification'
    | 'log'
    | 'timestamps'
    | 'node'
    | 'office'
    | 'certificates'
    | 'flows'
    | 'authority'
    | 'identity'
  readonly summary: string
  /** What the API key must be allowed; null: anybody, without a key. */
  readonly scope: Scope | null
  readonly params?: Type.TObject
  readonly query?: Type.TObject
  readonly body?: Content
  readonly bodyBytesMax?: number
  /** Whether `Idempotency-Key` is kept: the same key and body give the same answer, another body 409. */
  readonly idempotent?: boolean
  readonly answers: Readonly<Record<number, Answer>>
}

/** A JSON body. */
export const json = <Schema extends Type.TSchema>(
  schema: Schema,
): { mediaType: 'application/json'; schema: Schema } => ({
  mediaType: 'application/json',
  schema,
})

/** A JSON answer. */
export const answer = <Schema extends Type.TSchema>(
  description: string,
  schema: Schema,
): { description: string; mediaType: 'application/json'; schema: Schema } => ({
  description,
  mediaType: 'application/json',
  schema,
})

/** An answer that is not JSON. */
export const bytesAnswer = (description: string, mediaType: string): Answer => ({
  description,
  mediaType,
  schema: null,
})

/** Checks a table of routes and keeps its exact types. */
export const routeTable = <const Table extends Readonly<Record<string, Route>>>(table: Table): Table => table
