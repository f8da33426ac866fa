/**
 * Whether the chain that CometBFT begins is that of this node's genesis. Its genesis file is derived from ours, so a difference is
 * a wrong file or a wrong data folder, and the node must not start. docs/spec/engine.md, CometBFT.
 * @module
 */
import { toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { ConsortiumDocument } from '@jurat/core/ledger/consortium'
import { chainIdOf, validatorPower } from '@jurat/core/receipt/finality'
import type { RequestInitChain } from '../abci/generated/tendermint/abci/types.ts'
import { consensusBlockBytesMax, initialHeight, validatorsOf } from './chain.ts'

/** What the chain must be. */
export interface ExpectedChain {
  readonly crypto: Pick<CryptoProvider, 'sha256'>
  readonly networkId: Bytes
  readonly document: ConsortiumDocument
}

/** Every difference, as a sentence; none when the chain is ours. */
export function chainFaults(request: RequestInitChain, { crypto, networkId, document }: ExpectedChain): string[] {
  const params = request.consensusParams
  const validators = validatorsOf(crypto, document).map(({ publicKey }) => `${toHex(publicKey)} ${validatorPower}`)
  const given = request.validators.map(({ pubKey, power }) => {
    const key = pubKey?.sum?.$case === 'ed25519' ? toHex(pubKey.sum.value) : 'of another algorithm'
    return `${key} ${power}`
  })
  const compared: readonly (readonly [string, string, string])[] = [
    ['chain_id', request.chainId, chainIdOf(networkId)],
    ['initial_height', String(request.initialHeight), String(initialHeight)],
    ['validators', given.toSorted().join(', '), validators.toSorted().join(', ')],
    ['block.max_bytes', String(params?.block?.maxBytes), String(consensusBlockBytesMax)],
    ['block.max_gas', String(params?.block?.maxGas), String(document.parameters.gasBlockMax)],
    ['abci.vote_extensions_enable_height', String(params?.abci?.voteExtensionsEnableHeight ?? 0n), '0'],
  ]
  return compared
    .filter(([, is, expected]) => is !== expected)
    .map(([name, is, expected]) => `${name} is ${is} and must be ${expected}`)
}
