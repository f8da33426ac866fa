/**
 * CometBFT's folder, written anew at each start from the node's configuration, genesis and keys; its stores stay. What its
 * key has signed lies in `signer/`, which no backup contains.
 * @module
 */
import { join } from 'node:path'
import { type Bytes, fromText } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { Files } from '../../../platform/files.ts'
import { type CometbftSettings, configFile } from './configFile.ts'
import { genesisFile } from './genesisFile.ts'
import { freshSignerState, nodeKeyFile, validatorKeyFile } from './keyFiles.ts'

/** Longest path of a Unix socket on Linux, bytes. */
const socketPathBytesMax = 107

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

/**
 * Writes the folder.
 * @throws {Error} when the state of a key that may have signed is missing: it must not vote on a guess.
 */
export async function writeHome(files: Files, options: HomeOptions): Promise<void> {
  const { crypto, paths, genesis, keys, settings, fresh } = options
  const config = join(paths.home, 'config')
  const secret = { mode: 0o600 }
  await files.makeFolder(config)
  await files.makeFolder(join(paths.home, 'data'))
  const { abciSocket, rpcSocket, signerState } = paths
  const text = configFile({ ...settings, abciSocket, rpcSocket, signerStateFile: signerState })
  await files.replaceFile(join(config, 'config.toml'), fromText(text))
  await files.replaceFile(join(config, 'genesis.json'), fromText(genesisFile(crypto, genesis)))
  await files.replaceFile(join(config, 'node_key.json'), fromText(nodeKeyFile(crypto, keys.transport)), secret)
  const validatorKey = fromText(validatorKeyFile(crypto, keys.validator))
  await files.replaceFile(join(config, 'priv_validator_key.json'), validatorKey, secret)
  if ((await files.readFile(signerState)) !== null) return
  if (!fresh) throw new Error(`${signerState} is missing: what this validator has signed is unknown`)
  await files.replaceFile(signerState, fromText(freshSignerState), secret)
}
