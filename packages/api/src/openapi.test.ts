/**
 * The document follows the table, and the table holds together.
 * @module
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openapiDocument, openapiText } from './openapi.ts'
import { problemOfResultCode, problemStatuses } from './problems.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

const table = Object.entries<Route>(routes)

test('every path parameter has a schema and every schema a parameter', () => {
  for (const [name, route] of table) {
    const inPath = [...route.path.matchAll(/\{(\w+)\*?\}/g)].map((match) => match[1])
    assert.deepEqual(Object.keys(route.params?.properties ?? {}), inPath, name)
  }
})

test('no two routes share method and path', () => {
  const places = table.map(([, route]) => `${route.method} ${route.path}`)
  assert.equal(new Set(places).size, places.length)
})

test('every body has a limit', () => {
  for (const [name, route] of table) {
    if (route.body !== undefined) assert.ok((route.bodyBytesMax ?? 0) > 0, name)
  }
})

test('the document names every route once, and every reference in it resolves', () => {
  const document = openapiDocument('0.0.0')
  const text = JSON.stringify(document)
  const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map((match) => match[1])
  assert.deepEqual(new Set(ids), new Set(Object.keys(routes)))
  assert.equal(ids.length, table.length)
  const { schemas } = document['components'] as { schemas: Record<string, unknown> }
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
    assert.ok(name !== undefined && name in schemas)
  assert.ok(!text.includes('"$id"'))
})

test('the problem code of every result code has a status', () => {
  for (const problem of Object.values(problemOfResultCode)) assert.ok(problem in problemStatuses)
})

test('docs/reference/openapi-v1.json is this document (npm run gen)', () => {
  const file = new URL('../../../docs/reference/openapi-v1.json', import.meta.url)
  assert.equal(readFileSync(file, 'utf8'), openapiText())
})
