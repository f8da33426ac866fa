/**
 * Steps about the depositor: what was signed, by which keys, and whether the account had them. docs/spec/verification.md.
 * @module
 */
import { compare, equal } from '@jurat/core/bytes'
import { itemsHashOfRoot } from '@jurat/core/deposit/item'
import { custodies, decodeAccount, recordHash } from '@jurat/core/ledger/account'
import { authorisingWeight, weightOf } from '@jurat/core/ledger/authMap'
import { type DepositEntry, decodeEntry } from '@jurat/core/ledger/entry'
import { parameterTable } from '@jurat/core/ledger/parameters'
import { decodeHeader, signingMessage, type TransactionHeader, txHash } from '@jurat/core/ledger/transaction'
import { hashLeaf } from '@jurat/core/merkle/hash'
import { rootFromInclusion, verifyInclusion } from '@jurat/core/merkle/proof'
import type { SignaturePart } from '@jurat/core/receipt/receipt'
import { type Case, proven } from '../case.ts'
import { reading, StepAbsence, StepFailure } from '../error.ts'
import type { StepOutcome } from '../steps.ts'

/** Operation 40, the only one that makes deposit entries. */
const depositType = 40

/** No network lets a transaction's time lie further after its block's. */
const futureSkewMsMax = parameterTable.find(({ name }) => name === 'futureSkewMaxMs')?.max ?? 0

/** The transaction that holds this very item was signed for this network and account. */
export function checkSignature(verification: Case): StepOutcome {
  const entry = proven(verification.entry, 'entry')
  const { crypto, receipt } = verification
  const { signature } = receipt
  if (signature === null) throw new StepAbsence('signature-missing')
  const header = reading('header-unreadable', () => decodeHeader(signature.header))
  if (!equal(txHash(crypto, signature.header), entry.txHash)) throw new StepFailure('transaction-other')
  if (!equal(header.networkId, receipt.networkId)) throw new StepFailure('transaction-network')
  if (header.type !== depositType || !equal(header.from, entry.account)) throw new StepFailure('transaction-other')
  checkPeriod(header, entry)
  checkItem(verification, entry, header, signature)
  const keys = signature.signatures.map(({ publicKey }) => publicKey)
  // Ascending order means that no key counts twice.
  const ascending = keys.every((key, at) => at === 0 || compare(keys[at - 1] ?? key, key) < 0)
  if (keys.length === 0 || !ascending) throw new StepFailure('keys-unordered')
  const message = signingMessage(signature.header)
  for (const { publicKey, signature: bytes } of signature.signatures) {
    if (!crypto.verify(publicKey, message, bytes)) throw new StepFailure('key-signature-wrong')
  }
  verification.signers = keys
  return { code: 'depositor-signed', values: { keys: keys.length, items: signature.count } }
}

/** The log may take a transaction only within the period that its signer gave it. */
function checkPeriod({ timestampMs, periodMs }: TransactionHeader, { timeMs }: DepositEntry): void {
  if (timeMs > timestampMs + periodMs || timeMs < timestampMs - futureSkewMsMax) throw new StepFailure('period-missed')
}

function checkItem(
  { crypto }: Case,
  { itemBytes, itemIndex }: DepositEntry,
  { payloadHash }: TransactionHeader,
  { count, path }: SignaturePart,
): void {
  const leafHash = hashLeaf(crypto, itemBytes)
  const root = reading('item-path-wrong', () =>
    rootFromInclusion(crypto, { leafHash, index: itemIndex, size: count, path }),
  )
  if (!equal(itemsHashOfRoot(crypto, count, root), payloadHash)) throw new StepFailure('item-unsigned')
}

/** The account had those keys, as its record in the same tree says, they sufficed, and nothing stood in the way. */
export function checkStanding(verification: Case): StepOutcome {
  const entry = proven(verification.entry, 'entry')
  const { crypto, receipt } = verification
  const { account } = receipt
  if (account === null) throw new StepAbsence('account-missing')
  const { size, root } = proven(verification.claimed, 'inclusion').checkpoint
  const own = reading('account-entry-wrong', () => {
    const leafHash = hashLeaf(crypto, account.entry)
    verifyInclusion(crypto, { leafHash, index: account.index, size, path: account.path, root })
    return decodeEntry(account.entry)
  })
  const isVersion = own.kind === 2 && equal(own.account, entry.account) && own.version === entry.accountVersion
  if (!isVersion) throw new StepFailure('account-other')
  if (!equal(own.recordHash, recordHash(crypto, account.record))) throw new StepFailure('record-differs')
  const record = reading('record-unreadable', () => decodeAccount(account.record))
  if (!equal(record.id, own.account) || record.version !== own.version) throw new StepFailure('account-other')
  if (record.frozen) throw new StepFailure('account-frozen')
  if (record.recovering) throw new StepFailure('account-recovering')
  const weights = proven(verification.signers, 'depositor-signature').map((key) => weightOf(record.authMap, key))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  if (weights.includes(0) || sum < authorisingWeight) throw new StepFailure('keys-insufficient')
  verification.account = record
  const code = record.custody === custodies.hosted ? 'account-hosted' : 'account-own'
  return { code, values: { name: record.name, version: record.version } }
}
