/**
 * What somebody signs to show that a key is his own: bound to the network, the verification and whom it is for, behind a
 * domain line of its own, so that no signature over it is one over a transaction. docs/spec/identity-statement.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { CborWriter } from '../cbor/writer.ts'
import { domainMessage } from '../crypto/domain.ts'

/** What the challenge binds. */
export interface IdentityChallenge {
  readonly networkId: Bytes
  /** Id of the verification. */
  readonly verification: string
  readonly organisation: string
  readonly accounts: readonly Bytes[]
  /** 32 random bytes. */
  readonly nonce: Bytes
}

/** The message to sign: `jurat/identity-challenge/v1\n` ‖ CBOR `[network id, verification, organisation, accounts, nonce]`. */
export function identityChallengeMessage(challenge: IdentityChallenge): Bytes {
  const { networkId, verification, organisation, accounts, nonce } = challenge
  const writer = new CborWriter(512).array(5).bytes(networkId).text(verification).text(organisation)
  writer.array(accounts.length)
  for (const account of accounts) writer.bytes(account)
  return domainMessage('identity-challenge', writer.bytes(nonce).finish())
}
