/**
 * The judge of the fault tests: a client that deposits without pause, keeps the list of what was acknowledged to it,
 * and later asks for every one of them.
 * @module
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A deposit that the node acknowledged. */
export interface Acknowledged {
  readonly id: string
  readonly index: number
  /** Hexadecimal SHA-256. */
  readonly digest: string
}

/** Connections of the load, each with one request in flight. */
const connections = 16

/** Items of one request: with the connections, far more than a thousand deposits a second. */
const itemsPerRequest = 8

/** Longest wait for deposits that nothing hinders, in milliseconds. */
const reachMsMax = 120_000

/** Deposits until it is stopped; every answer 200 goes into `acknowledged`. */
export class Depositor {
  readonly acknowledged: Acknowledged[] = []
  /** Requests that ended without a 200: their items may or may not be in the log. */
  unanswered = 0
  #running = false
  #done: Promise<unknown> = Promise.resolve()

  start(url: string, apiKey: string): void {
    this.#running = true
    const agent = new Agent({ keepAlive: true, maxSockets: connections })
    this.#done = Promise.all(Array.from({ length: connections }, () => this.#loop(url, apiKey, agent))).finally(() =>
      agent.destroy(),
    )
  }

  /** Waits until so many more were acknowledged, or the node answers nothing any more. @throws AssertionError too late. */
  async reach(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count
    const end = { reached: false }
    void this.#done.then(() => (end.reached = true))
    const giveUpAt = performance.now() + reachMsMax
    while (this.acknowledged.length < wanted && !end.reached) {
      assert.ok(performance.now() < giveUpAt, `only ${this.acknowledged.length} of ${wanted} deposits`)
      await sleep(2)
    }
  }

  /** Ends when no request is in flight any more. */
  async stop(): Promise<void> {
    this.#running = false
    await this.#done
  }

  async #loop(url: string, apiKey: string, agent: Agent): Promise<void> {
    while (this.#running) {
      const digests = Array.from({ length: itemsPerRequest }, () => randomBytes(32).toString('hex'))
      const items = digests.map((digest) => ({ algorithm: 'sha-256', digest }))
      const answer = await post(`${url}/v1/deposits`, apiKey, JSON.stringify({ items }), agent).catch(() => null)
      if (answer?.status !== 200) {
        this.unanswered++
        if (answer === null) return
        continue
      }
      const { deposits } = JSON.parse(answer.body) as { deposits: { id: string; index: number }[] }
      for (const [at, { id, index }] of deposits.entries()) {
        this.acknowledged.push({ id, index, digest: digests[at] ?? '' })
      }
    }
  }
}

function post(url: string, apiKey: string, body: string, agent: Agent): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
    const outgoing = request(url, { method: 'POST', headers, agent }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Asks the node for every acknowledged deposit. @throws AssertionError when one is missing or another. */
export async function assertAllThere(url: string, list: readonly Acknowledged[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let next = 0
  const ask = async (): Promise<void> => {
    for (let at = next++; at < list.length; at = next++) {
      const wanted = list[at]
      if (wanted === undefined) return
      const answer = await get(`${url}/v1/deposits/${wanted.id}`, agent)
      assert.equal(answer.status, 200, `acknowledged deposit ${wanted.id} is gone: ${answer.body}`)
      const found = JSON.parse(answer.body) as { index: number; digest: string }
      assert.equal(found.index, wanted.index, `deposit ${wanted.id} moved`)
      assert.equal(found.digest, wanted.digest, `deposit ${wanted.id} changed`)
    }
  }
  await Promise.all(Array.from({ length: connections }, ask)).finally(() => agent.destroy())
}

function get(url: string, agent: Agent): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
      .on('error', reject)
      .end()
  })
}
