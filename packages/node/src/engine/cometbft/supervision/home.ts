/**
 * CometBFT's folder, written anew at each start from the node's configuration, genesis and keys; its stores stay. What its
 * key has signed lies in `signer/`, which no backup contains.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Bytes, concat, fromText } from '@jurat/core/bytes'
import { algorithms, type CryptoProvider } from '@jurat/core/crypto/provider'
import type { Files } from '../../../platform/files.ts'
import { type CometbftSettings, configFile } from './configFile.ts'
import { socketPathBytesMax } from '../../abci/server.ts'
import { genesisFile } from './genesisFile.ts'
import { freshSignerState, nodeKeyFile, validatorKeyFile } from './keyFiles.ts'

/** Where everything of CometBFT lies in a data folder. */
export interface CometbftPaths {
  readonly home: string
  readonly signerState: string
  readonly abciSocket: string
  readonly rpcSocket: string
}

/** The paths below a data folder. @throws {Error} when the folder's own path is too long for a socket. */
export function cometbftPaths(data: string): CometbftPaths {
  const home = join(data, 'cometbft')
  const paths = {
    home,
    signerState: join(data, 'signer', 'cometbft'),
    abciSocket: join(home, 'abci.sock'),
    rpcSocket: join(home, 'rpc.sock'),
  }
  if (Buffer.byteLength(paths.abciSocket) > socketPathBytesMax) {
    throw new Error(`the path ${paths.abciSocket} is too long for a socket: choose a data folder with a shorter path`)
  }
  return paths
}

/** What the folder is made from. */
export interface HomeOptions {
  readonly crypto: CryptoProvider
  readonly paths: CometbftPaths
  readonly genesis: Bytes
  /** Algorithm byte and seed. */
  readonly keys: { readonly validator: Bytes; readonly transport: Bytes }
  readonly settings: Omit<CometbftSettings, 'abciSocket' | 'rpcSocket' | 'signerStateFile'>
  /** Whether the validator's key was made now: only then may it begin with an empty signer state. */
  readonly fresh: boolean
}

/** With which key CometBFT signs: `own`, or `throwaway` because nobody knows what the own one has signed. */
export type ValidatorKey = 'own' | 'throwaway'

/**
 * Writes the folder. When the state of a key that may have signed is missing, CometBFT gets another key, which is in no
 * validator set: it follows the chain and votes on nothing.
 */
export async function writeHome(files: Files, options: HomeOptions): Promise<ValidatorKey> {
  const { crypto, paths, genesis, keys, settings, fresh } = options
  const config = join(paths.home, 'config')
  const secret = { mode: 0o600 }
  await files.makeFolder(config)
  await files.makeFolder(join(paths.home, 'data'))
  const { abciSocket, rpcSocket, signerState } = paths
  if (fresh && (await files.readFile(signerState)) === null) {
    await files.replaceFile(signerState, fromText(freshSignerState), secret)
  }
  const signing = (await files.readFile(signerState)) === null ? 'throwaway' : 'own'
  const stateFile = signing === 'own' ? signerState : join(paths.home, 'data', 'throwaway_state.json')
  const text = configFile({ ...settings, abciSocket, rpcSocket, signerStateFile: stateFile })
  await files.replaceFile(join(config, 'config.toml'), fromText(text))
  await files.replaceFile(join(config, 'genesis.json'), fromText(genesisFile(crypto, genesis)))
  await files.replaceFile(join(config, 'node_key.json'), fromText(nodeKeyFile(crypto, keys.transport)), secret)
  const seed = signing === 'own' ? keys.validator : concat(Uint8Array.of(algorithms.ed25519), randomBytes(32))
  const validatorKey = fromText(validatorKeyFile(crypto, seed))
  await files.replaceFile(join(config, 'priv_validator_key.json'), validatorKey, secret)
  if (signing === 'throwaway') await files.replaceFile(stateFile, fromText(freshSignerState), secret)
  return signing
}
