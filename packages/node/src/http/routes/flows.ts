/**
 * Handlers of flows.
 * @module
 */
import { Readable } from 'node:stream'
import type { flowRoutes } from '@jurat/api/flowRoutes'
import type { FlowAccess, FlowDepositAnswer } from '@jurat/api/flows'
import type { DepositItem } from '@jurat/api/deposits'
import type { Principal } from '../../features/credentials.ts'
import { type Call, ok, type Handler, type Reply } from '../handler.ts'
import { ProblemError } from '../problems.ts'

/** Who asks. */
interface Asker {
  readonly organisation: string
  readonly account: string | null
  readonly admin: boolean
}

/** What these handlers stand on; null without a database. */
export interface FlowServices {
  templates(): Promise<object[]>
  addTemplate(given: unknown): Promise<object>
  begin(
    asker: Asker,
    request: {
      name: string
      template: string
      version?: number
      parties: readonly { role: string; name: string; accounts?: readonly string[] }[]
      key?: string
    },
  ): Promise<{ flow: object; key: string }>
  list(asker: Asker): Promise<object>
  show(asker: Asker, flow: string): Promise<object>
  deposit(
    asker: Asker,
    job: {
      flow: string
      phase: string
      item: DepositItem
      account: string | undefined
      idempotencyKey: string | null
      body: Uint8Array
    },
  ): Promise<FlowDepositAnswer>
  timeline(asker: Asker, flow: string): Promise<object>
  pack(asker: Asker, flow: string): Promise<ReadableStream<Uint8Array>>
  grant(asker: Asker, flow: string, request: { label: string; seconds?: number }): Promise<object>
  access(asker: Asker, flow: string): Promise<FlowAccess[]>
  revoke(asker: Asker, flow: string, access: string): Promise<void>
  openBy(code: string, address: string): Promise<object>
  packBy(code: string, address: string): Promise<ReadableStream<Uint8Array>>
}

/** Nothing of a flow is kept by caches. */
const unkept = { 'cache-control': 'no-store' }

/** The handlers. */
export function flowHandlers(services: FlowServices | null): {
  [Id in keyof typeof flowRoutes]: Handler<(typeof flowRoutes)[Id]>
} {
  const flows = (): FlowServices => {
    if (services === null) throw new ProblemError('feature-off', { detail: 'this node runs without a database' })
    return services
  }
  return {
    async listFlowTemplates() {
      return ok({ templates: await flows().templates() })
    },
    async createFlowTemplate({ body }) {
      return { status: 201, body: await flows().addTemplate(body) }
    },
    async createFlow({ principal, body }) {
      return { status: 201, body: await flows().begin(askerOf(principal), body), headers: unkept }
    },
    async listFlows({ principal }) {
      return ok(await flows().list(askerOf(principal)), unkept)
    },
    async getFlow({ principal, params }) {
      return ok(await flows().show(askerOf(principal), params.flow), unkept)
    },
    async createFlowDeposit({ principal, params, body, bytes, idempotencyKey }) {
      const { phase, item, account } = body
      const job = { flow: params.flow, phase, item, account, idempotencyKey, body: bytes }
      return ok(await flows().deposit(askerOf(principal), job), unkept)
    },
    async getFlowTimeline({ principal, params }) {
      return ok(await flows().timeline(askerOf(principal), params.flow), unkept)
    },
    async getFlowPackage({ principal, params, gone }) {
      return packageReply(await flows().pack(askerOf(principal), params.flow), gone)
    },
    async createFlowAccess({ principal, params, body }) {
      return { status: 201, body: await flows().grant(askerOf(principal), params.flow, body), headers: unkept }
    },
    async listFlowAccess({ principal, params }) {
      return ok({ access: await flows().access(askerOf(principal), params.flow) }, unkept)
    },
    async revokeFlowAccess({ principal, params }) {
      await flows().revoke(askerOf(principal), params.flow, params.access)
      return { status: 204, body: '' }
    },
    async openFlow(call) {
      return ok(await flows().openBy(call.body.code, addressOf(call)), unkept)
    },
    async openFlowPackage(call) {
      return packageReply(await flows().packBy(call.body.code, addressOf(call)), call.gone)
    },
  }
}

const askerOf = ({ organisation, account, scopes }: Principal): Asker => ({
  organisation,
  account,
  admin: scopes.has('admin'),
})

const addressOf = ({ request }: Pick<Call, 'request'>): string => request.socket.remoteAddress ?? ''

function packageReply(stream: ReadableStream<Uint8Array>, gone: AbortSignal): Reply {
  const body = Readable.fromWeb(stream)
  // Whoever has gone reads nothing more: the originals are not read to their end for nobody.
  gone.addEventListener('abort', () => body.destroy())
  return {
    status: 200,
    body,
    headers: { 'content-disposition': 'attachment; filename="flow.asice"', ...unkept },
  }
}
