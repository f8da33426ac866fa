/**
 * Deposits signed with the keys of this user.
 * @module
 */
import { signedSender } from '@jurat/sdk/signedDeposits'
import type { DepositedItem } from '@jurat/sdk/deposits'
import type { ItemToDeposit } from '@jurat/sdk/items'
import type { KeyPair } from '@jurat/sdk/keys'
import { nodeClient, openSigners } from './context.ts'
import type { Context } from './context.ts'
import { ownAccount } from './references.ts'
import { pinnedNetwork } from './trustFolder.ts'

/** The keys are opened once for all batches: the passphrase is asked once, and scrypt is slow on purpose. */
const opened = new WeakMap<Context, Promise<KeyPair[]>>()

/** Signs and sends one batch. */
export async function depositSigned(
  context: Context,
  items: readonly ItemToDeposit[],
  wait: 'committed' | 'witnessed',
): Promise<DepositedItem[]> {
  const keys = opened.get(context) ?? openSigners(context)
  opened.set(context, keys)
  const send = signedSender({
    client: nodeClient(context),
    crypto: context.crypto,
    networkId: await pinnedNetwork(context),
    account: ownAccount(context),
    keys: await keys,
    wait,
  })
  return send(items)
}
