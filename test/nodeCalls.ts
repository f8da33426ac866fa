/**
 * Calls of tests to a running node that may be away for a moment.
 * @module
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Node } from './runningNode.ts'

/** Asks a node under its administrator's key: the answer's JSON, or the problem that the node is not ready (503). */
export async function ask<T>(
  node: Pick<Node, 'url' | 'apiKey'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await fetch(`${node.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${node.apiKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  assert.ok(response.ok || response.status === 503, `${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text) as T
}

/** Waits until something is so, at most so many milliseconds, and looks every so many. */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  { patienceMs, everyMs }: { readonly patienceMs: number; readonly everyMs: number },
): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await holds())) {
    assert.ok(performance.now() < end, `not in time: ${what}`)
    await sleep(everyMs)
  }
}
