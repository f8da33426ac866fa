/**
 * The network of every run: four members and some accounts. It is the same in all runs, so that it is made once.
 * @module
 */
import { concat, fromText, type Bytes } from '@jurat/core/bytes'
import { nobleCrypto } from '@jurat/core/crypto/noble'
import { accountId, custodies } from '@jurat/core/ledger/account'
import { sortAuthMap, type AuthMap } from '@jurat/core/ledger/authMap'
import type { BlockOutcome } from '@jurat/core/ledger/block'
import { encodeDocument, roles, type ConsortiumDocument, type Role } from '@jurat/core/ledger/consortium'
import { encodeGenesis, networkIdOf, type GenesisAccount } from '@jurat/core/ledger/genesis'
import { genesisBlock } from '@jurat/core/ledger/genesisBlock'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import { proveMember } from '@jurat/core/ledger/possession'
import { signerOf, verifierOf, type Signer } from '@jurat/core/note/cosignature'
import type { Verifier } from '@jurat/core/note/vkey'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import { startMs } from './schedule.ts'

/** Name of the network. */
export const origin = 'jurat.example/simulation'

/** Names of the members. */
export const memberNames = ['m1', 'm2', 'm3', 'm4'] as const
export const membersCount = memberNames.length

/** Most members that are wrong while everything must still hold: fewer than a third. */
export const isMajority = (members: number): boolean => 3 * members > 2 * membersCount

const secrets = new Map<string, Bytes>()
const publicKeys = new Map<string, Bytes>()

/** A secret key by name, the same in every run. */
export function secretOf(name: string, algorithm = 1): Bytes {
  const secret = secrets.get(name) ?? concat(Uint8Array.of(algorithm), nodeCrypto.sha256(fromText(name)))
  secrets.set(name, secret)
  return secret
}

/** The public key of a name. */
export function keyOf(name: string): Bytes {
  const key = publicKeys.get(name) ?? nodeCrypto.publicKeyOf(secretOf(name))
  publicKeys.set(name, key)
  return key
}

/** A key map in which each of these keys has the same weight. */
export const keysOf = (names: readonly string[], weight: number): AuthMap =>
  sortAuthMap(names.map((name) => ({ publicKey: keyOf(name), weight })))

/** Id of an account. */
export const idOf = (name: string): Bytes => accountId(nodeCrypto, name)

const memberSecret = (member: string, role: Role): Bytes =>
  secretOf(`${member}/${role}`, role === 'executorMldsa44' ? 5 : 1)

const firstDocument: ConsortiumDocument = {
  members: memberNames.map((name) =>
    // The platform's ML-DSA signatures differ from one to the next; these do not.
    proveMember(
      nobleCrypto,
      origin,
      { name, addresses: [`https://${name}.example`] },
      Object.fromEntries(roles.map((role) => [role, memberSecret(name, role)])) as Record<Role, Bytes>,
    ),
  ),
  quorum: 3,
  witnesses: [],
  witnessQuorum: 0,
  parameters: defaultParameters,
}

/** A document that differs from the first in its quorum and in one parameter. */
export function documentNumber(number: number): Bytes {
  const parameters = { ...defaultParameters, proposalLifeMs: defaultParameters.proposalLifeMs - number }
  return encodeDocument({ ...firstDocument, quorum: 3 + (number % 2), parameters })
}

const account = (name: string, changes: Partial<GenesisAccount> = {}): GenesisAccount => ({
  name,
  authMap: keysOf([name], 100),
  recoverKey: keyOf(`${name}/recovery`),
  encryptionKey: null,
  balance: 1_000,
  custody: custodies.own,
  registrarQuota: null,
  ...changes,
})

/** Bytes of the genesis. */
export const genesis: Bytes = encodeGenesis({
  name: origin,
  timeMs: startMs,
  accounts: [
    account('alice'),
    account('bob'),
    account('carol'),
    account('pair', { authMap: keysOf(['pair/1', 'pair/2'], 50) }),
    account('registrar', { registrarQuota: 1_000 }),
  ],
  document: documentNumber(0),
  predecessor: null,
})

/** The genesis block. */
export const genesisOutcome: BlockOutcome = genesisBlock(nodeCrypto, genesis)
export const networkId: Bytes = networkIdOf(nodeCrypto, genesis)

/** The key with which each member serves the log, and its verifier. */
export const logSigners: readonly Signer[] = memberNames.map((name) =>
  signerOf(nodeCrypto, origin, memberSecret(name, 'log')),
)
export const logVerifiers: readonly Verifier[] = logSigners.map(({ vkey }) => verifierOf(nodeCrypto, vkey))

/** The names of the keys that act as admin: strictly more than two thirds of the members. */
export const adminKeys: readonly string[] = memberNames.slice(0, 3).map((name) => `${name}/ballot`)
