/**
 * A solo network with one depositor's account, and its transactions, for tests over the real ledger.
 * @module
 */
import { concat, fromText, type Bytes } from '@jurat/core/bytes'
import { encodeItem, itemsHash } from '@jurat/core/deposit/item'
import { accountId, custodies } from '@jurat/core/ledger/account'
import type { BlockOutcome } from '@jurat/core/ledger/block'
import { genesisBlock } from '@jurat/core/ledger/genesisBlock'
import { encodeDocument, roles, type OutsideWitness, type Role } from '@jurat/core/ledger/consortium'
import { encodeGenesis, networkIdOf, type GenesisAccount } from '@jurat/core/ledger/genesis'
import { defaultParameters, type Parameters } from '@jurat/core/ledger/parameters'
import { encodePayload } from '@jurat/core/ledger/payloads'
import { proveMember } from '@jurat/core/ledger/possession'
import { encodeHeader, encodeTransaction, signingMessage } from '@jurat/core/ledger/transaction'
import { signerOf, type Signer } from '@jurat/core/note/cosignature'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'

/** A network under test. */
export interface TestNetwork {
  readonly origin: string
  readonly genesis: Bytes
  readonly networkId: Bytes
  readonly outcome: BlockOutcome
  readonly logSigner: Signer
  /** Id and secret key of the depositor's account. */
  readonly account: Bytes
  readonly secretKey: Bytes
}

/** What a network may have beyond the usual. */
export interface TestNetworkOptions {
  readonly witnesses?: readonly OutsideWitness[]
  readonly witnessQuorum?: number
  readonly parameters?: Partial<Parameters>
  /** Algorithm byte of the depositor's key. */
  readonly algorithm?: number
  readonly timeMs?: number
}

const origin = 'jurat.example/engine'

/** A secret key that is the same in every run. */
export function testSecret(seed: string, algorithm = 1): Bytes {
  return concat(Uint8Array.of(algorithm), nodeCrypto.sha256(fromText(seed)))
}

/** Makes the network. */
export function testNetwork(options: TestNetworkOptions = {}): TestNetwork {
  const secrets = Object.fromEntries(
    roles.map((role) => [role, testSecret(role, role === 'executorMldsa44' ? 5 : 1)]),
  ) as Record<Role, Bytes>
  const document = encodeDocument({
    members: [proveMember(nodeCrypto, origin, { name: 'operator', addresses: [] }, secrets)],
    quorum: 1,
    witnesses: options.witnesses ?? [],
    witnessQuorum: options.witnessQuorum ?? options.witnesses?.length ?? 0,
    parameters: { ...defaultParameters, ...options.parameters },
  })
  const secretKey = testSecret('depositor', options.algorithm)
  const depositor: GenesisAccount = {
    name: 'depositor',
    authMap: [{ publicKey: nodeCrypto.publicKeyOf(secretKey), weight: 100 }],
    recoverKey: nodeCrypto.publicKeyOf(testSecret('recovery')),
    encryptionKey: null,
    balance: 1_000,
    custody: custodies.own,
    registrarQuota: 10,
  }
  const timeMs = options.timeMs ?? 1_800_000_000_000
  const genesis = encodeGenesis({ name: origin, timeMs, accounts: [depositor], document, predecessor: null })
  return {
    origin,
    genesis,
    networkId: networkIdOf(nodeCrypto, genesis),
    outcome: genesisBlock(nodeCrypto, genesis),
    logSigner: signerOf(nodeCrypto, origin, secrets.log),
    account: accountId(nodeCrypto, 'depositor'),
    secretKey,
  }
}

let nonce = 0

/** A deposit of these items, signed by the depositor. */
export function testDeposit(
  network: TestNetwork,
  items: readonly Bytes[],
  options: { timestampMs: number; periodMs?: number; secretKey?: Bytes },
): Bytes {
  const nonceBytes = new Uint8Array(12)
  new DataView(nonceBytes.buffer).setUint32(0, nonce++)
  const header = encodeHeader({
    networkId: network.networkId,
    type: 40,
    from: network.account,
    to: null,
    nonce: nonceBytes,
    timestampMs: options.timestampMs,
    periodMs: options.periodMs ?? 60_000,
    value: 0,
    gasLimit: 0,
    payloadHash: itemsHash(nodeCrypto, items),
  })
  const secretKey = options.secretKey ?? network.secretKey
  const signature = nodeCrypto.sign(secretKey, signingMessage(header))
  const publicKey = nodeCrypto.publicKeyOf(secretKey)
  return encodeTransaction(header, encodePayload({ type: 40, items }), [{ publicKey, signature }])
}

/** Items with digests of their names. */
export function testItems(name: string, count: number): Bytes[] {
  return Array.from({ length: count }, (_, at) =>
    encodeItem({ algorithm: 1, digest: nodeCrypto.sha256(fromText(`${name} ${at}`)), commitment: null, flow: null }),
  )
}
