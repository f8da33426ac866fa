/**
 * Writes vectors/light.json: headers, commits and validators as CometBFT itself answers them. Start a network first:
 * `npm run localnet -- --members 4 --data DIR`, make a deposit or two, then `node scripts/lightVectors.ts DIR`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cometRpc } from '../packages/node/src/engine/cometbft/rpc.ts'

const [folder = ''] = process.argv.slice(2)
const heightsMax = 8

const { members } = JSON.parse(readFileSync(join(folder, 'localnet.json'), 'utf8')) as { members: { data: string }[] }
const rpc = cometRpc(join(members[0]?.data ?? '', 'cometbft', 'rpc.sock'))
const ask = async (method: string, height: number): Promise<Record<string, unknown>> =>
  (await rpc.call(method, { height: String(height) })) as Record<string, unknown>

const { sync_info: sync } = (await rpc.call('status')) as { sync_info: { latest_block_height: string } }
const newest = Number(sync.latest_block_height) - 1
const blocks = []
for (let height = Math.max(1, newest - heightsMax + 1); height <= newest; height++) {
  const { signed_header: signedHeader } = await ask('commit', height)
  const { validators } = await ask('validators', height)
  blocks.push({ signedHeader, validators })
}
rpc.close()
const file = { from: 'CometBFT 0.39.4, four members of a local network; made by scripts/lightVectors.ts', blocks }
writeFileSync(new URL('../vectors/light.json', import.meta.url), `${JSON.stringify(file, null, 2)}\n`)
