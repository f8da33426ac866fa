/**
 * The OpenAPI 3.1 document, built from the route table and nothing else. Its schemas are JSON Schema 2020-12, which
 * TypeBox schemas already are.
 * @module
 */
import type { Type } from 'typebox'
import { Problem, problemMediaType, problemStatuses } from './problems.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import { scopes } from './scopes.ts'

type Json = Record<string, unknown>

/** Statuses that any route may answer with; each is a problem document. */
const anyRouteStatuses = [400, 404, 408, 429, 500, 503]

/** The OpenAPI document of this version of the interface. @param version - the version of the software. */
export function openapiDocument(version: string): Json {
  const schemas = new Map<string, Json>()
  const paths: Record<string, Json> = {}
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    const path = route.path.replace(/\*\}/, '}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(operationId, route, schemas) }
  }
  register(Problem, schemas)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Jurat',
      version,
      description:
        'Evidence in, proof out. Errors are RFC 9457 problem documents; decide by `code`. ' +
        `Problem codes: ${Object.keys(problemStatuses).join(', ')}.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: Object.fromEntries([...schemas].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: `An API key, jrt_…. Scopes: ${Object.entries(scopes)
            .map(([name, meaning]) => `${name} (${meaning})`)
            .join('; ')}.`,
        },
      },
    },
  }
}

function operation(operationId: string, route: Route, schemas: Map<string, Json>): Json {
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.scope !== null && { security: [{ apiKey: [route.scope] }] }),
    parameters: parameters(route),
    ...(route.body !== undefined && {
      requestBody: {
        required: true,
        ...(route.bodyBytesMax !== undefined && { description: `at most ${route.bodyBytesMax} bytes` }),
        content: content(route.body.mediaType, route.body.schema, schemas),
      },
    }),
    responses: responses(route, schemas),
  }
}

function parameters(route: Route): Json[] {
  const of = (place: 'path' | 'query', object: Type.TObject | undefined): Json[] =>
    Object.entries(object?.properties ?? {}).map(([name, schema]) => ({
      name,
      in: place,
      required: place === 'path' || (object?.required ?? []).some((required) => required === name),
      schema: plain(schema),
    }))
  const header = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'the same key and body give the same answer; another body gives 409',
    schema: { type: 'string', maxLength: 128 },
  }
  return [...of('path', route.params), ...of('query', route.query), ...(route.idempotent === true ? [header] : [])]
}

function responses(route: Route, schemas: Map<string, Json>): Json {
  const declared = Object.entries(route.answers).map(([status, answer]): [string, Json] => [
    status,
    {
      description: answer.description,
      ...(answer.mediaType !== '' && { content: content(answer.mediaType, answer.schema, schemas) }),
    },
  ])
  const statuses = [
    ...anyRouteStatuses,
    ...(route.scope === null ? [] : [401, 403]),
    ...(route.body === undefined ? [] : [411, 413, 415, 422]),
    ...(route.idempotent === true || route.tag === 'ledger' ? [409] : []),
  ]
  const problems = statuses
    .filter((status) => !(status in route.answers))
    .map((status): [string, Json] => [String(status), { description: 'problem', content: problemContent }])
  return Object.fromEntries([...declared, ...problems].toSorted(([a], [b]) => Number(a) - Number(b)))
}

const problemContent = { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } }

function content(mediaType: string, schema: Type.TSchema | null, schemas: Map<string, Json>): Json {
  if (schema === null) return { [mediaType]: {} }
  return { [mediaType]: { schema: register(schema, schemas) } }
}

/** Puts a named schema among the components and gives a reference to it; gives a nameless schema itself. */
function register(schema: Type.TSchema, schemas: Map<string, Json>): Json {
  const copy = plain(schema)
  const { $id: name, ...rest } = copy
  if (typeof name !== 'string') return copy
  schemas.set(name, withoutIds(rest) as Json)
  return { $ref: `#/components/schemas/${name}` }
}

/** Named schemas inside others are written out in place: an `$id` there would start a new base address. */
function withoutIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIds)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !(key === '$id' && typeof inner === 'string'))
      .map(([key, inner]) => [key, withoutIds(inner)]),
  )
}

const plain = (schema: Type.TSchema): Json => JSON.parse(JSON.stringify(schema)) as Json

/** The document as it stands in docs/reference/openapi-v1.json. */
export const openapiText = (): string => `${JSON.stringify(openapiDocument(apiVersion), null, 2)}\n`

/** Version of this interface; the path prefix `/v1` is its first number. */
export const apiVersion = '1.0.0'
