/**
 * Operations 10 to 13 and 20 to 22: making accounts, their keys, balances, attestations, registrars.
 * docs/spec/operations.md.
 * @module
 */
import { equal } from '../../bytes.ts'
import { accountId, encodeAccount, recordHash } from '../account.ts'
import { codes } from '../codes.ts'
import { encodeEntry } from '../entry.ts'
import { destinationOf, type Run } from './context.ts'
import { voidProposals } from './proposals.ts'

/** 10: a registrar makes an account, within its quota; `value` is debited from it. */
export const createAccount: Run = ({ crypto, workspace, timeMs }, sender, { payload, value }) => {
  if (payload.type !== 10) return codes.malformed
  const { name, authMap, recoverKey, encryptionKey, custody } = payload
  const id = accountId(crypto, name)
  if (sender?.registrarQuota === 0 || workspace.account(id) !== null) return codes.cannotCreate
  if (sender === null || sender.registrarQuota === null) return codes.notAllowed
  if (sender.balance < value) return codes.balanceInsufficient
  const { registrarQuota, balance } = sender
  workspace.changeAccount(sender, timeMs, { registrarQuota: registrarQuota - 1, balance: balance - value })
  workspace.makeAccount({
    id,
    name,
    authMap,
    recoverKey,
    pendingRecoverKey: null,
    encryptionKey,
    balance: value,
    frozen: false,
    recovering: false,
    resetAllowedAt: 0,
    recoverTime: 0,
    custody,
    registrarQuota: null,
  })
  return codes.success
}

/** 11: other keys. Open proposals were made under the old ones, so they are void. */
export const updateAuthMap: Run = ({ workspace, timeMs }, sender, { payload }) => {
  if (payload.type !== 11) return codes.malformed
  if (sender === null) return codes.notAllowed
  workspace.changeAccount(sender, timeMs, { authMap: payload.authMap })
  voidProposals(workspace, sender.id)
  return codes.success
}

/** 12: another recovery key, which counts after the delay: until then the old one can object by a pre-reset. */
export const setRecoverKey: Run = ({ workspace, timeMs, consortium }, sender, { payload }) => {
  if (payload.type !== 12) return codes.malformed
  if (sender === null) return codes.notAllowed
  const effectiveAt = timeMs + consortium.document.parameters.resetDelayMs
  workspace.changeAccount(sender, timeMs, { pendingRecoverKey: { publicKey: payload.recoverKey, effectiveAt } })
  return codes.success
}

/** 13: another encryption key, or none. */
export const setEncryptionKey: Run = ({ workspace, timeMs }, sender, { payload }) => {
  if (payload.type !== 13) return codes.malformed
  if (sender === null) return codes.notAllowed
  workspace.changeAccount(sender, timeMs, { encryptionKey: payload.encryptionKey })
  return codes.success
}

/** 20: moves balance. Sums stay exact, because the genesis bounds all balances together and nothing adds to them. */
export const transfer: Run = (context, sender, { to, value }) => {
  if (to === null) return codes.destinationNull
  const { account, isMissing } = destinationOf(context, to)
  if (sender !== null && equal(to, sender.id)) return codes.contradictsState
  if (isMissing) return codes.objectMissing
  if (account === null || sender === null) return codes.notAllowed
  if (sender.balance < value) return codes.balanceInsufficient
  const { workspace, timeMs } = context
  workspace.changeAccount(sender, timeMs, { balance: sender.balance - value })
  workspace.changeAccount(account, timeMs, { balance: account.balance + value })
  return codes.success
}

/** 21: an entry with the hash of an account's record as it is now. */
export const attest: Run = (context, _sender, { to }) => {
  if (to === null) return codes.destinationNull
  const { account, isMissing } = destinationOf(context, to)
  if (isMissing) return codes.objectMissing
  if (account === null) return codes.notAllowed
  const { crypto, timeMs, txHash, effects } = context
  const { id, version } = account
  const hash = recordHash(crypto, encodeAccount(account))
  effects.entries.push(encodeEntry({ kind: 5, timeMs, txHash, account: id, version, recordHash: hash }))
  return codes.success
}

/** 22: admin makes an account a registrar, or ends that with quota 0. */
export const setRegistrar: Run = (context, sender, { to, payload }) => {
  if (payload.type !== 22) return codes.malformed
  if (to === null) return codes.destinationNull
  const { account, isMissing } = destinationOf(context, to)
  if (isMissing) return codes.objectMissing
  if (account === null || sender !== null) return codes.notAllowed
  const registrarQuota = payload.quota === 0 ? null : payload.quota
  context.workspace.changeAccount(account, context.timeMs, { registrarQuota })
  return codes.success
}
