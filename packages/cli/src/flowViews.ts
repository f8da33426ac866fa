/**
 * A flow for people, as lines: what is said of it, its deposits, what is wrong with it.
 * @module
 */
import type { Flow } from '@jurat/api/flows'
import { judgeFlow } from '@jurat/core/flow/judge'
import { flowStatement } from '@jurat/verify/flowReport'
import type { Context } from './context.ts'

/** The lines of a flow. It is judged here by the same rules as at the node, and said in the reader's language. */
export function flowLines(context: Context, flow: Flow): string[] {
  const plan = { template: flow.template, parties: flow.parties }
  // The node says of its own flow that all its deposits commit to its plan; only a package proves it.
  const planHash = 'own'
  const deposits = flow.deposits.flatMap(({ sequence, phase, account, index, timeMs }) =>
    index === null || timeMs === null ? [] : [{ sequence, phase, account, index, timeMs, plan: planHash }],
  )
  const judgement = judgeFlow(plan, deposits, { planHash, nowMs: Date.now() })
  const { title, state, stations, findings } = flowStatement({ plan, deposits, judgement }, context.language)
  return [
    `${flow.id}  ${flow.name}`,
    `${title}: ${state}`,
    ...stations.map(
      ({ sequence, phase, party, timeMs }) => `  ${sequence}  ${new Date(timeMs).toISOString()}  ${phase}  ${party}`,
    ),
    ...findings.map((finding) => `✘ ${finding}`),
  ]
}

/** One event of a timeline. Its kind is a name of the interface, the same in every language. */
export function timelineLine({ timeMs, kind, body }: { timeMs: number; kind: string; body: object }): string {
  const particulars = Object.entries(body).map(([name, value]) => `${name}=${String(value)}`)
  return [new Date(timeMs).toISOString(), kind, ...particulars].join('  ')
}
