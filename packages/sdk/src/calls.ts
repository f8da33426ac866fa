/**
 * Types of a call, all drawn from the route table of `@jurat/api`: what a route takes and what it answers.
 * @module
 */
import type { OperationId, routes } from '@jurat/api/routes'
import type { Bytes } from '@jurat/core/bytes'
import type { Static, TObject, TSchema } from 'typebox'

type Table = typeof routes

type PartOf<Route, Name extends 'params' | 'query'> = Route extends {
  readonly [N in Name]: infer Schema extends TObject
}
  ? { readonly [N in Name]: Static<Schema> }
  : object

/** Parameters of the path are demanded, those of the query are not. */
type ParamsOf<Route> = PartOf<Route, 'params'>
type QueryOf<Route> = Partial<PartOf<Route, 'query'>>

type BodyOf<Route> = Route extends { readonly body: { readonly schema: infer Schema } }
  ? { readonly body: Schema extends TSchema ? Static<Schema> : Bytes | Blob }
  : object

/** What a call of one route takes. */
export type CallInput<Id extends OperationId> = ParamsOf<Table[Id]> &
  QueryOf<Table[Id]> &
  BodyOf<Table[Id]> & {
    /** Overrides the key that the client makes for a route that keeps them. */
    readonly idempotencyKey?: string
    readonly signal?: AbortSignal
  }

/** Without a schema (an answer that is not JSON) the value is bytes. */
type ValueOf<Answer> = Answer extends { readonly schema: infer Schema extends TSchema } ? Static<Schema> : Bytes

type Answers<Id extends OperationId> = Table[Id]['answers']

/** What a call of one route gives: one case for each declared status. Bytes where the route has no schema. */
export type CallResult<Id extends OperationId> = {
  [Status in keyof Answers<Id>]: {
    readonly status: Status
    readonly headers: Headers
    readonly value: ValueOf<Answers<Id>[Status]>
  }
}[keyof Answers<Id>]
