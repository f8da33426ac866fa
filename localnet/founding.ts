/**
 * The founding of a local network, by the ceremony of real institutions.
 * @module
 */
import { readFileSync, rmSync } from 'node:fs'
import { decodeDocument } from '@jurat/core/ledger/consortium'
import { decodeGenesis } from '@jurat/core/ledger/genesis'
import { servingVkeys } from '@jurat/core/ledger/policyText'
import { formatVkey } from '@jurat/core/note/vkey'
import { nodeCrypto } from '../packages/node/src/crypto/nodeCrypto.ts'
import type { Litewitness } from './litewitness.ts'
import type { Plan } from './plan.ts'
import { environmentOf, runProgram } from './process.ts'

/** Each member makes its keys, one assembles, naming the outside witness if there is one, and all check. */
export async function foundNetwork(
  plan: Plan,
  witness: Litewitness | null,
  say: (text: string) => void,
): Promise<void> {
  // An earlier founding that did not end: nothing has run with its keys.
  for (const one of plan.members) {
    for (const path of [one.data, one.masterKeyFile, one.joinFile, one.apiKeyFile])
      rmSync(path, { recursive: true, force: true })
  }
  say('Founding: every member makes its keys, one assembles the genesis, all check it.')
  for (const one of plan.members) {
    const words = ['network', 'join', '--name', one.name, '--network', plan.origin, '--url', one.url]
    words.push('--consensus', `127.0.0.1:${one.consensusPort}`, '--members', `127.0.0.1:${one.membersPort}`)
    words.push('--out', one.joinFile, '--data', one.data)
    await runProgram(words, environmentOf(one))
  }
  const [first] = plan.members
  if (first === undefined) return
  const joins = plan.members.map(({ joinFile }) => joinFile)
  const words = ['network', 'assemble', ...joins, '--name', plan.origin, '--out', plan.genesis]
  if (witness !== null) words.push('--witnesses', `${witness.url} ${formatVkey(witness.vkey)}`)
  await runProgram(words, environmentOf(first))
  for (const one of plan.members) {
    await runProgram(['network', 'check', plan.genesis, '--data', one.data], environmentOf(one))
  }
}

/** The logs that an outside witness of a founded network has to know: one for each member, as verifier keys (vkey). */
export function outsideLogs({ genesis }: Plan): string[] {
  const { name, document } = decodeGenesis(new Uint8Array(readFileSync(genesis)))
  return servingVkeys(nodeCrypto, name, decodeDocument(document))
}
