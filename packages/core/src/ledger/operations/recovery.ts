/**
 * Operations 14 to 19: what happens when keys are lost or stolen. docs/spec/operations.md, "Recovery".
 * @module
 */
import { equal } from '../../bytes.ts'
import { accountAt } from '../account.ts'
import { codes } from '../codes.ts'
import { destinationOf, type Run } from './context.ts'
import { voidProposals } from './proposals.ts'

/**
 * 14: the recovery key announces a reset. A newer key that does not count yet is void: who holds the old one objects.
 * While recovering it is 119 (docs/decisions/0013).
 */
export const preReset: Run = ({ workspace, timeMs, consortium }, sender) => {
  if (sender === null) return codes.notAllowed
  const resetAllowedAt = timeMs + consortium.document.parameters.resetDelayMs
  workspace.changeAccount(accountAt(sender, timeMs), timeMs, {
    recovering: true,
    resetAllowedAt,
    pendingRecoverKey: null,
  })
  return codes.success
}

/** 15: the recovery key replaces the authority keys, after the waiting time. */
export const reset: Run = ({ workspace, timeMs }, sender, { payload }) => {
  if (payload.type !== 15) return codes.malformed
  if (sender === null) return codes.notAllowed
  if (!sender.recovering) return codes.contradictsState
  if (timeMs < sender.resetAllowedAt) return codes.tooEarly
  const { authMap } = payload
  workspace.changeAccount(sender, timeMs, { authMap, recovering: false, resetAllowedAt: 0, recoverTime: timeMs })
  voidProposals(workspace, sender.id)
  return codes.success
}

/** 16: the authority keys contest a recovery. Two parties claim the account, so it stands still until admin decides (19). */
export const dispute: Run = ({ workspace, timeMs }, sender) => {
  if (sender === null) return codes.notAllowed
  if (!sender.recovering) return codes.contradictsState
  workspace.changeAccount(sender, timeMs, { recovering: false, resetAllowedAt: 0, frozen: true })
  return codes.success
}

/** 17: the account itself, or admin. */
export const freeze: Run = (context, sender, { to }) => {
  if (to === null) return codes.destinationNull
  const { account, isMissing } = destinationOf(context, to)
  if (account?.frozen === true) return codes.contradictsState
  if (isMissing) return codes.objectMissing
  if (account === null || (sender !== null && !equal(sender.id, account.id))) return codes.notAllowed
  context.workspace.changeAccount(account, context.timeMs, { frozen: true })
  return codes.success
}

/** 18: admin alone; never touches a recovery. */
export const thaw: Run = (context, sender, { to }) => {
  if (to === null) return codes.destinationNull
  const { account, isMissing } = destinationOf(context, to)
  if (account?.frozen === false) return codes.contradictsState
  if (isMissing) return codes.objectMissing
  if (account === null || sender !== null) return codes.notAllowed
  context.workspace.changeAccount(account, context.timeMs, { frozen: false })
  return codes.success
}

/** 19: admin says whose account it is, after an identity check. */
export const adjudicate: Run = (context, sender, { to, payload }) => {
  if (payload.type !== 19) return codes.malformed
  if (to === null) return codes.destinationNull
  const { account, isMissing } = destinationOf(context, to)
  if (isMissing) return codes.objectMissing
  if (account === null || sender !== null) return codes.notAllowed
  const { authMap, recoverKey } = payload
  context.workspace.changeAccount(account, context.timeMs, {
    authMap,
    recoverKey,
    pendingRecoverKey: null,
    frozen: false,
    recovering: false,
    resetAllowedAt: 0,
  })
  voidProposals(context.workspace, account.id)
  return codes.success
}
