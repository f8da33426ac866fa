/**
 * Outside witnesses for a benchmark: nodes of ours that cosign the log of the node under test.
 * @module
 */
import { startNode, freshFolder, type Node } from '../test/runningNode.ts'

/** Witnesses that are not told yet whose log they cosign. */
export interface Witnesses {
  /** Options for the node that is to be witnessed. */
  readonly nodeOptions: readonly string[]
  stop(): Promise<void>
}

/** Starts `count` witnesses for the log with this key; the key must exist before its node does. */
export async function startWitnesses(count: number, logKey: string): Promise<Witnesses> {
  const nodes: Node[] = []
  for (let at = 0; at < count; at++) {
    nodes.push(await startNode(freshFolder(), ['--database-url=off', `--witnessed-logs=${logKey}`]))
  }
  const lines = await Promise.all(nodes.map(witnessLine))
  return {
    nodeOptions: lines.length === 0 ? [] : [`--witnesses=${lines.join(';')}`],
    async stop() {
      for (const node of nodes) await node.stop()
    },
  }
}

async function witnessLine(node: Node): Promise<string> {
  const { witness } = (await (await fetch(`${node.url}/v1/network`)).json()) as { witness: { vkeys: string[] } }
  return `${node.url}/witness ${witness.vkeys.join(' ')}`
}
