/**
 * CometBFT's genesis file, derived from ours: two members with the same genesis write the same bytes.
 * @module
 */
import { type Bytes, toBase64, toHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { decodeDocument } from '@jurat/core/ledger/consortium'
import { decodeGenesis, networkIdOf } from '@jurat/core/ledger/genesis'
import { chainIdOf, validatorPower } from '@jurat/core/receipt/finality'
import { appVersion, consensusBlockBytesMax, initialHeight, validatorsOf } from '../chain.ts'

/** The text of `genesis.json`. @param genesis - The network's genesis. */
export function genesisFile(crypto: CryptoProvider, genesis: Bytes): string {
  const { timeMs, document } = decodeGenesis(genesis)
  const consortium = decodeDocument(document)
  const value = {
    genesis_time: new Date(timeMs).toISOString(),
    chain_id: chainIdOf(networkIdOf(crypto, genesis)),
    initial_height: String(initialHeight),
    consensus_params: {
      block: { max_bytes: String(consensusBlockBytesMax), max_gas: String(consortium.parameters.gasBlockMax) },
      evidence: { max_age_num_blocks: '100000', max_age_duration: '172800000000000', max_bytes: '1048576' },
      validator: { pub_key_types: ['ed25519'] },
      version: { app: String(appVersion) },
      abci: { vote_extensions_enable_height: '0' },
    },
    validators: validatorsOf(crypto, consortium).map(({ member, publicKey, address }) => ({
      address: toHex(address).toUpperCase(),
      pub_key: { type: 'tendermint/PubKeyEd25519', value: toBase64(publicKey) },
      power: String(validatorPower),
      name: member,
    })),
    app_hash: '',
  }
  return `${JSON.stringify(value, null, 2)}\n`
}
