/**
 * The ledger behind the application interface: `core/ledger` over the store. Decides nothing itself; it prepares
 * transactions, runs the pure function, and hands what came out to the store.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { concat, toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { checkTransaction } from '@jurat/core/ledger/admit'
import {
  applyBlock,
  proposeBlock,
  type BlockInput as LedgerBlockInput,
  type BlockOutcome,
} from '@jurat/core/ledger/block'
import { codes } from '@jurat/core/ledger/codes'
import { parseTransaction, type ParsedTransaction, type ParseRules } from '@jurat/core/ledger/parse'
import type { Clock } from '../platform/clock.ts'
import type { ReplayInput } from '../store/blockStore.ts'
import type { Store } from '../store/store.ts'
import type {
  Application,
  ApplicationInfo,
  BlockInput,
  BlockSide,
  CheckResult,
  FinalizedBlock,
  ProposalRequest,
} from './application.ts'
import { decodeTimeItem, encodeTimeItem, timeItemBytesMax } from './timeItem.ts'
import type { PreparedTransaction, Verification } from './verification.ts'

/** Executed candidates that are kept until one of them is committed. */
const executedBlocksMax = 8

/** What the application needs. */
export interface LedgerApplicationOptions {
  readonly store: Pick<Store, 'tip' | 'view' | 'lanes' | 'seen' | 'durable' | 'extend' | 'commit'>
  readonly crypto: CryptoProvider
  readonly verification: Verification
  /** Judges the time of proposals of others; never what the ledger does. */
  readonly clock: Clock
}
