/**
 * The block of height 0: what a genesis puts into an empty log. docs/spec/block.md, "Genesis".
 * @module
 */
import type { Bytes } from '../bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { accountId, recordHash } from './account.ts'
import { type BlockOutcome, transactionsRootOf } from './block.ts'
import { documentHash } from './consortium.ts'
import { emptyLanes, stateDigest, updateLanes } from './digest.ts'
import { encodeEntry } from './entry.ts'
import { checkGenesis, decodeGenesis, type Genesis, networkIdOf } from './genesis.ts'
import { stateKeys } from './state.ts'
import { encodeConsortiumState, Workspace } from './workspace.ts'

/**
 * The outcome of height 0: the consortium entry, an account entry for each first account by ascending id, the block entry.
 * @param bytes - the genesis
 * @throws {CborError} @throws {GenesisError} when it is none, or breaks a rule.
 */
export function genesisBlock(crypto: CryptoProvider, bytes: Bytes): BlockOutcome {
  const genesis = decodeGenesis(bytes)
  checkGenesis(crypto, genesis)
  const { timeMs, document } = genesis
  const networkId = networkIdOf(crypto, bytes)
  const workspace = stateOf(crypto, genesis)
  const consortium = { kind: 0, timeMs, networkId, sequence: 0, previousIndex: null, txHash: null } as const
  const entries = [encodeEntry({ ...consortium, documentHash: documentHash(crypto, document) })]
  const accounts = workspace.changedAccounts().map(({ account: { id, version }, record }) => {
    const change = { kind: 2, timeMs, txHash: null, type: 0, account: id, version } as const
    entries.push(encodeEntry({ ...change, recordHash: recordHash(crypto, record) }))
    return { id, version, entryIndex: entries.length - 1, record }
  })
  workspace.keep()
  const changes = workspace.changes()
  const stateLanes = updateLanes(crypto, emptyLanes(), changes)
  const transactionsRoot = transactionsRootOf(crypto, [])
  const blockIndex = entries.length
  entries.push(
    encodeEntry({
      kind: 3,
      timeMs,
      height: 0,
      firstIndex: 0,
      txCount: 0,
      transactionsRoot,
      stateDigest: stateDigest(crypto, stateLanes),
      consortiumIndex: 0,
      previousBlockIndex: null,
      secondRoot: null,
    }),
  )
  const place = { height: 0, timeMs, size: entries.length, previousBlockIndex: blockIndex, consortiumIndex: 0 }
  const tip = { networkId, ...place }
  const made = { entries, changes, tip, stateLanes, transactionsRoot, accounts }
  return { results: [], ...made, consortium: { document, index: 0, sequence: 0 } }
}

/** The state that a genesis makes, as the changes of one transaction. */
function stateOf(crypto: CryptoProvider, { name: network, accounts, document }: Genesis): Workspace {
  const workspace = new Workspace({ get: () => null })
  const state = { network, sequence: 0, entryIndex: 0, documentBytes: document }
  workspace.set(stateKeys.consortium, encodeConsortiumState(state))
  for (const account of accounts) {
    workspace.makeAccount({
      ...account,
      id: accountId(crypto, account.name),
      pendingRecoverKey: null,
      frozen: false,
      recovering: false,
      resetAllowedAt: 0,
      recoverTime: 0,
    })
  }
  return workspace
}
