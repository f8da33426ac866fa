/**
 * `network rotate`: the institution makes new keys for itself, which its running node takes over when the members have put
 * them into the document. docs/operating/consortium.md.
 * @module
 */
import { equal } from '@jurat/core/bytes'
import type { Member } from '@jurat/core/ledger/consortium'
import { possessionMessage } from '@jurat/core/ledger/possession'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { type DocumentKeyName, documentKeyNames, makeNextKeys, readNextKeys } from '../../features/keys/nextKeys.ts'
import { dataPaths } from '../dataFolder.ts'
import { roleOfKey } from '../heldKeys.ts'
import { say } from '../stopped.ts'
import { type BallotCall, nodeOf, proposeChange, registrarPlace } from './ballotCommands.ts'
import { CeremonyError } from './joinFile.ts'

/** Makes the next keys and proposes them; null when the words are wrong. */
export async function rotate({ words, values, config, environment }: BallotCall): Promise<number | null> {
  const names = (values['keys'] ?? documentKeyNames.join(',')).split(',')
  if (words.length > 0 || !names.every(isKeyName)) return null
  const node = await nodeOf(config, values, environment)
  const { files, data, sealer, own } = await registrarPlace(config, environment)
  const network = await node.network()
  const present = network.document.members.find(({ name }) => name === own.member.name)
  if (present === undefined) throw refused(`${own.member.name} is no member`)
  const { keys } = dataPaths(data)
  for (const [name, key] of Object.entries(await readNextKeys(files, keys, sealer))) {
    const named = isKeyName(name) && equal(present.keys[roleOfKey[name]], nodeCrypto.publicKeyOf(key))
    if (named)
      throw refused('the last rotation is not done: start the node anew, so that it lets go of the former keys')
  }
  const next = await makeNextKeys(files, keys, sealer, names)
  let member: Member = present
  for (const name of documentKeyNames) {
    const secretKey = next[name]
    if (secretKey === undefined) continue
    const [role, key] = [roleOfKey[name], nodeCrypto.publicKeyOf(secretKey)]
    const proof = nodeCrypto.sign(secretKey, possessionMessage(network.origin, member.name, role, key))
    member = { ...member, keys: { ...member.keys, [role]: key }, proofs: { ...member.proofs, [role]: proof } }
  }
  say(`The next keys are in ${keys}/next, sealed. The node takes them over when the members have approved.`)
  return proposeChange(node, network, { kind: 'rotate', member })
}

const isKeyName = (name: string): name is DocumentKeyName => documentKeyNames.some((known) => known === name)

const refused = (why: string): CeremonyError => new CeremonyError('ceremony-refused', why)
