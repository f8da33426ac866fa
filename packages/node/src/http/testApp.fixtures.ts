/**
 * An application over real credentials and handlers that do nothing but answer, for tests of what stands in front of
 * the handlers.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { routes } from '@jurat/api/routes'
import type { Scope } from '@jurat/api/scopes'
import type { FastifyInstance } from 'fastify'
import { Credentials } from '../features/credentials.ts'
import { createSealer } from '../features/keys/seal.ts'
import { memoryKeyValue } from '../features/memoryKeyValue.fixtures.ts'
import { RepeatedAnswers } from '../features/repeatedAnswers.ts'
import { silentLogger } from '../observe/logger.ts'
import { noMetrics } from '../observe/metrics.ts'
import { systemClock } from '../platform/clock.ts'
import { createApp } from './app.ts'
import type { Handlers } from './handler.ts'

/** An application with an organisation. */
export interface TestApp {
  readonly app: FastifyInstance
  readonly credentials: Credentials
  readonly organisation: string
  /** Makes a key with these scopes. */
  readonly key: (...scopes: Scope[]) => Promise<string>
  /** Operation ids of the handlers that ran, in order. */
  readonly reached: string[]
}

/** Makes one; `handlers` replaces some of the handlers. */
export async function testApp(handlers: Partial<Handlers> = {}): Promise<TestApp> {
  const credentials = await Credentials.open(memoryKeyValue(), createSealer(randomBytes(32)), systemClock)
  const organisation = (await credentials.createOrganisation('Test')).id
  const reached: string[] = []
  const idle = Object.fromEntries(
    Object.keys(routes).map((id) => [
      id,
      () => {
        reached.push(id)
        return { status: 200, body: { reached: id } }
      },
    ]),
  ) as unknown as Handlers
  const app = createApp({
    handlers: { ...idle, ...handlers },
    keys: credentials,
    logger: silentLogger,
    metrics: noMetrics,
    repeat: new RepeatedAnswers(credentials),
  })
  await app.ready()
  return {
    app,
    credentials,
    organisation,
    reached,
    key: async (...scopes) => (await credentials.createKey(organisation, { label: 'k', scopes, account: null })).key,
  }
}
