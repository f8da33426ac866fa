/**
 * What a handler of a route gets and gives. Their types follow from the route table, so that a route without a handler,
 * or a handler that reads what its route does not declare, does not compile.
 * @module
 */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Route } from '@jurat/api/route'
import type { routes } from '@jurat/api/routes'
import type { Static, TSchema } from 'typebox'
import type { Principal } from '../features/credentials.ts'

type Given<Part> = Part extends TSchema ? Static<Part> : Record<string, never>

/** A request whose sender, parameters, query and body have been checked. */
export interface Call<R extends Route = Route> {
  /** Null on routes without a scope when no valid key was sent. */
  readonly principal: R['scope'] extends null ? Principal | null : Principal
  readonly params: Given<R['params']>
  readonly query: Given<R['query']>
  readonly body: R extends { body: { schema: infer Schema extends TSchema } } ? Static<Schema> : undefined
  /** The body's bytes, of a JSON body too; empty for a route that streams its body from `request`. */
  readonly bytes: Buffer
  readonly request: IncomingMessage
  readonly idempotencyKey: string | null
  /** Raised when the client has gone. */
  readonly gone: AbortSignal
}

/** An answer. An object is written as JSON, in the media type that the route declares unless `mediaType` says another. */
export interface Reply {
  readonly status: number
  readonly body: object | string | Uint8Array | Readable
  readonly mediaType?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers one route. */
export type Handler<R extends Route> = (call: Call<R>) => Promise<Reply> | Reply

/** A handler for every route. */
export type Handlers = { readonly [Id in keyof typeof routes]: Handler<(typeof routes)[Id]> }

/** A JSON answer. */
export const ok = (body: object, headers?: Readonly<Record<string, string>>): Reply => ({
  status: 200,
  body,
  ...(headers !== undefined && { headers }),
})
