/**
 * A log key, policies and a publisher for tests.
 * @module
 */
import { concat, fromText, type Bytes } from '@jurat/core/bytes'
import { cosignerOf, signerOf, verifierOf, type Cosigner, type Signer } from '@jurat/core/note/cosignature'
import type { Verifier } from '@jurat/core/note/vkey'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { LogPolicy } from './logPolicy.ts'
import type { Witness } from './witnessClient.ts'

/** Origin of the log under test. */
export const origin = 'jurat.example/test'

/** An Ed25519 or ML-DSA-44 secret key that is the same in every run. */
export function secretKey(seed: string, algorithm = 1): Bytes {
  return concat(Uint8Array.of(algorithm), nodeCrypto.sha256(fromText(seed)))
}

/** The key of the log under test. */
export const logSigner: Signer = signerOf(nodeCrypto, origin, secretKey('log'))
export const logVerifier: Verifier = verifierOf(nodeCrypto, logSigner.vkey)

/** The cosigners of a witness: Ed25519, and ML-DSA-44 when `both`. */
export function cosignersOf(name: string, both = false): Cosigner[] {
  const cosigners = [cosignerOf(nodeCrypto, name, secretKey(name))]
  if (both) cosigners.push(cosignerOf(nodeCrypto, name, secretKey(name, 5)))
  return cosigners
}

/** A witness as a consortium document would name it. */
export function witnessAt(url: string, cosigners: readonly Cosigner[]): Witness {
  const [first] = cosigners
  const verifiers = cosigners.map(({ vkey }) => verifierOf(nodeCrypto, vkey))
  return { name: first?.vkey.name ?? '', url, verifiers }
}

/** `quorum` of these witnesses, each with all of its keys. */
export function policyOf(witnesses: readonly Witness[], quorum: number, signer: Signer = logSigner): LogPolicy {
  return {
    text: `${quorum} of ${witnesses.map(({ name, url }) => `${name} ${url}`).join(', ')}`,
    origin: signer.vkey.name,
    logKey: signer.vkey.publicKey,
    logVerifier: verifierOf(nodeCrypto, signer.vkey),
    witnesses,
    satisfied(signatures) {
      const signed = witnesses.filter(({ verifiers }) =>
        verifiers.every(({ name, id }) => signatures.some((line) => line.name === name && line.id === id)),
      )
      return signed.length >= quorum
    },
  }
}
