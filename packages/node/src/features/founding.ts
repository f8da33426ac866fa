/**
 * The founding of a solo network: its genesis, made once from fresh keys.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { type Bytes, toBase32, toHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { JuratError } from '@jurat/core/errors'
import { accountId, custodies } from '@jurat/core/ledger/account'
import { type ConsortiumDocument, encodeDocument, type OutsideWitness } from '@jurat/core/ledger/consortium'
import { documentFault } from '@jurat/core/ledger/consortiumRules'
import { encodeGenesis, type GenesisAccount } from '@jurat/core/ledger/genesis'
import type { Parameters } from '@jurat/core/ledger/parameters'
import { proveMember } from '@jurat/core/ledger/possession'
import type { AccountKeys } from '../crypto/accountKeys.ts'

/** Names of the first accounts of a solo network beside the first depositor's, which is opaque. */
export const registrarName = 'registrar'
export const frontName = 'raw-front'

/** How many accounts the registrar of a new network may make. */
export const registrarQuota = 1_000_000_000

/** Name of the one member of a solo network. */
export const soloMemberName = 'operator'

/** A network that cannot be founded like this. */
export class FoundingError extends JuratError<'founding-invalid'> {}

/** The keys of the node that stand in the genesis. */
export type FoundingKey =
  'ballot' | 'log' | 'executor-ed25519' | 'executor-mldsa44' | 'validator' | 'transport' | 'registrar' | 'front'

/** What a solo network is founded from. */
export interface FoundingRequest {
  /** Name of the network; empty: a random one below `jurat.local`. */
  readonly name: string
  /** Time of the first entries, milliseconds since 1970 UTC. */
  readonly timeMs: number
  readonly rawFront: boolean
  /** Parameters of the network. */
  readonly parameters: Parameters
  readonly witnesses: readonly OutsideWitness[]
  readonly witnessQuorum: number
  readonly addresses: readonly string[]
  /** Secret keys of the node. */
  readonly keys: Readonly<Record<FoundingKey, Bytes>>
}

/** A founded network. */
export interface Founding {
  readonly genesis: Bytes
  /** The hosted account of the first organisation. */
  readonly depositor: AccountKeys
}

/** Makes the genesis. @throws FoundingError when a name or a witness is not allowed. */
export function found(
  crypto: CryptoProvider,
  request: FoundingRequest,
  depositorKeys: Pick<AccountKeys, 'secretKey' | 'recoverKey'>,
): Founding {
  const { keys } = request
  const network = request.name === '' ? `jurat.local/${toBase32(randomBytes(5))}` : request.name
  const depositorName = toBase32(randomBytes(16))
  const account = (
    name: string,
    secretKey: Bytes,
    recoverKey: Bytes,
    registrarQuota: number | null = null,
  ): GenesisAccount => {
    const publicKey = crypto.publicKeyOf(secretKey)
    const custody = custodies.hosted
    const authMap = [{ publicKey, weight: 100 }]
    return {
      name,
      authMap,
      recoverKey: crypto.publicKeyOf(recoverKey),
      encryptionKey: null,
      balance: 0,
      custody,
      registrarQuota,
    }
  }
  const soloMember = proveMember(
    crypto,
    network,
    { name: soloMemberName, addresses: request.addresses },
    {
      ballot: keys.ballot,
      log: keys.log,
      executorEd25519: keys['executor-ed25519'],
      executorMldsa44: keys['executor-mldsa44'],
      validator: keys.validator,
      transport: keys.transport,
    },
  )
  const document: ConsortiumDocument = {
    members: [soloMember],
    quorum: 1,
    witnesses: request.witnesses,
    witnessQuorum: request.witnessQuorum,
    parameters: request.rawFront ? { ...request.parameters, rawAllowed: 1 } : request.parameters,
  }
  const genesis = {
    name: network,
    timeMs: request.timeMs,
    accounts: [
      // Recovery of the node's own two accounts goes by adjudication: one key each, in one folder.
      account(registrarName, keys.registrar, keys.registrar, registrarQuota),
      account(frontName, keys.front, keys.front),
      account(depositorName, depositorKeys.secretKey, depositorKeys.recoverKey),
    ],
    document: encodeDocument(document),
    predecessor: null,
  }
  const fault = documentFault(crypto, network, document)
  if (fault !== null) throw new FoundingError('founding-invalid', `a network cannot be founded so: ${fault}`)
  const id = toHex(accountId(crypto, depositorName))
  return { genesis: encodeGenesis(genesis), depositor: { id, name: depositorName, ...depositorKeys } }
}
