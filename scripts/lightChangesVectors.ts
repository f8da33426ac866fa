/**
 * Writes vectors/light-changes.json: every block of a chain of CometBFT whose validators change, as CometBFT itself answers
 * for it. `node scripts/lightChangesVectors.ts`, after scripts/install-tools.sh.
 */
import { writeFileSync } from 'node:fs'
import { type BlockAnswers, changedChain } from '../test/conformance/cometbft/kvstoreChain.ts'
import { tool } from '../test/conformance/tools.ts'

const binary = tool('cometbft')
if (binary === null) throw new Error('cometbft is not installed')
const chain = await changedChain(binary)
try {
  const blocks: BlockAnswers[] = []
  const last = (await chain.height()) - 1
  for (let height = 1; height <= last; height++) blocks.push(await chain.answersAt(height))
  const from = 'CometBFT 0.39.4, four validators of its example application; made by scripts/lightChangesVectors.ts'
  const file = JSON.stringify({ from, blocks }, null, 2)
  writeFileSync(new URL('../vectors/light-changes.json', import.meta.url), `${file}\n`)
} finally {
  await chain.remove()
}
