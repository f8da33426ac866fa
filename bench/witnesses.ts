/**
 * Outside witnesses for a benchmark: nodes of ours that cosign the log of the node under test.
 * @module
 */
import { freePort } from '@jurat/node/platform/ports.fixtures'
import { freshFolder, type Node, startNode } from '../test/runningNode.ts'

/** Witnesses that are not told yet whose log they cosign. */
export interface Witnesses {
  /** Options for the node that is to be witnessed. */
  readonly nodeOptions: readonly string[]
  /** Lets them cosign the log of a running node. */
  know(node: Node): Promise<void>
  stop(): Promise<void>
}

const withoutDatabase = '--database-url=off'

/** Makes `count` witnesses. A network names its witnesses when it begins, so they exist first and learn its key later. */
export async function startWitnesses(count: number): Promise<Witnesses> {
  const places = await Promise.all(
    Array.from({ length: count }, async () => ({ folder: freshFolder(), port: await freePort() })),
  )
  const lines: string[] = []
  for (const { folder, port } of places) {
    const node = await startNode(folder, [withoutDatabase], port)
    const { witnessKeys } = (await (await fetch(`${node.url}/v1/network`)).json()) as { witnessKeys: string[] }
    lines.push(`${node.url}/witness ${witnessKeys.join(' ')}`)
    await node.stop()
  }
  const running: Node[] = []
  return {
    nodeOptions: count === 0 ? [] : [`--witnesses=${lines.join(';')}`],
    async know(node) {
      const { logKeys } = (await (await fetch(`${node.url}/v1/trust`)).json()) as { logKeys: { vkey: string }[] }
      const keys = logKeys.map(({ vkey }) => vkey).join(';')
      for (const { folder, port } of places) {
        running.push(await startNode(folder, [withoutDatabase, `--witnessed-logs=${keys}`], port))
      }
    },
    async stop() {
      for (const node of running) await node.stop()
    },
  }
}
