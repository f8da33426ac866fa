/**
 * Ports of this machine for programs that cannot choose their own, in tests and benchmarks.
 * @module
 */
import { createServer } from 'node:net'

/**
 * Below the ports that Linux hands out for outgoing connections (32,768 and more): one of those may be taken by somebody's
 * connection between the look and the start of the program.
 */
const [lowest, highest] = [12_000, 32_000]

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return freeRange(1)
}

/** The first of `count` ports in a row that were free a moment ago. */
export async function freeRange(count: number): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const from = lowest + Math.floor(Math.random() * (highest - lowest - count))
    const free = await Promise.all(Array.from({ length: count }, (_, offset) => isFree(from + offset)))
    if (free.every(Boolean)) return from
  }
  throw new Error('there are no free ports')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
