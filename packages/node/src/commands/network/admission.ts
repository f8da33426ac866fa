/**
 * The accounts of an institution that joins later: those of a founder stand in the genesis, those of a later member are made
 * by the registrar of the member that proposes it. docs/operating/consortium.md.
 * @module
 */
import { join as joinPath } from 'node:path'
import { toBase64, toHex } from '@jurat/core/bytes'
import { accountId } from '@jurat/core/ledger/account'
import { types } from '@jurat/core/ledger/operationTypes'
import { encodePayload } from '@jurat/core/ledger/payloads'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { registrarQuota } from '../../features/founding.ts'
import { readNodeKeys } from '../../features/keys/nodeKeys.ts'
import type { Sealer } from '../../features/keys/seal.ts'
import { TransactionSigner } from '../../features/keys/signing.ts'
import { systemClock } from '../../platform/clock.ts'
import type { Files } from '../../platform/files.ts'
import { accountsOf, CeremonyError, type Join } from './joinFile.ts'
import type { OwnNode, PresentNetwork } from './ownNode.ts'

/** The data folder of the member that makes the accounts, and its own join. */
export interface RegistrarPlace {
  readonly files: Files
  readonly data: string
  readonly sealer: Sealer
  readonly own: Join
}

/**
 * Makes the accounts of a join that are not there yet, signed by the own registrar.
 * @returns the names of those made
 * @throws CeremonyError when the ledger refuses one, or one is there with another key
 */
export async function registerAccounts(
  node: OwnNode,
  network: PresentNetwork,
  { files, data, sealer, own }: RegistrarPlace,
  join: Join,
): Promise<string[]> {
  const { registrar: secretKey } = await readNodeKeys(files, joinPath(data, 'keys'), sealer)
  const signer = new TransactionSigner(nodeCrypto, network.networkId, systemClock, () => network.document.parameters)
  const from = accountId(nodeCrypto, own.accounts.registrar.name)
  const made: string[] = []
  for (const { name, authMap, recoverKey, custody } of accountsOf(join)) {
    const there = await node.account(toHex(accountId(nodeCrypto, name)))
    const [key] = authMap
    if (there !== null) {
      if (there.authMap.some(({ publicKey }) => key !== undefined && publicKey === toHex(key.publicKey))) continue
      throw new CeremonyError('ceremony-refused', `the account ${name} is there already, with another key`)
    }
    const account = { name, authMap, recoverKey, encryptionKey: null, custody }
    const payload = encodePayload({ type: types.createAccount, ...account })
    const operation = { type: types.createAccount, from, payload }
    await node.submit(signer.sign(operation, secretKey, nodeCrypto.publicKeyOf(secretKey)))
    made.push(name)
  }
  return made
}

/** The operation that makes the new member's registrar one: it is voted on like the document. */
export function registrarBallot({ accounts }: Join): { type: number; to: string; payload: string } {
  const payload = encodePayload({ type: types.setRegistrar, quota: registrarQuota })
  const to = toHex(accountId(nodeCrypto, accounts.registrar.name))
  return { type: types.setRegistrar, to, payload: toBase64(payload) }
}
