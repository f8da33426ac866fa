/**
 * The policy of a log out of a consortium document: of a solo network, its one log key and the quorum of its outside
 * witnesses. A witness counts once, and only with all of its keys (ledger.md, Network).
 * @module
 */
import { assert } from '@jurat/core/assert'
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { decodeDocument } from '@jurat/core/ledger/consortium'
import { policyText } from '@jurat/core/ledger/policyText'
import { cosignatureType, verifierOf } from '@jurat/core/note/cosignature'
import { makeVkey, signatureTypes } from '@jurat/core/note/vkey'
import type { LogPolicy } from './logPolicy.ts'

/** Reads policies for the log `origin`. The same bytes give the same object. */
export function documentPolicies(crypto: CryptoProvider, origin: string): (document: Bytes) => LogPolicy {
  const known = new WeakMap<Bytes, LogPolicy>()
  return (document) => {
    const policy = known.get(document) ?? soloPolicy(crypto, origin, document)
    known.set(document, policy)
    return policy
  }
}

function soloPolicy(crypto: CryptoProvider, origin: string, bytes: Bytes): LogPolicy {
  const document = decodeDocument(bytes)
  const [member] = document.members
  assert(member !== undefined && document.members.length === 1, 'a solo network has one member')
  const logKey = member.keys.log
  const witnesses = document.witnesses.map(({ name, keys, url }) => ({
    name,
    url,
    verifiers: keys.map((key) => verifierOf(crypto, makeVkey(crypto, name, cosignatureType(key[0]), key))),
  }))
  return {
    text: policyText(crypto, origin, document, { logKey, algorithms: 'all' }),
    logKey,
    logVerifier: verifierOf(crypto, makeVkey(crypto, origin, signatureTypes.ed25519, logKey)),
    witnesses,
    satisfied(signatures) {
      const complete = witnesses.filter(({ verifiers }) =>
        verifiers.every(({ name, id }) => signatures.some((line) => line.name === name && line.id === id)),
      )
      return complete.length >= document.witnessQuorum
    },
  }
}
