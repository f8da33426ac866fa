/**
 * Keys of the tests: fixed seeds, so that every run signs the same bytes.
 * @module
 */
import { concat } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { nobleCrypto } from '../crypto/noble.ts'
import { algorithms } from '../crypto/provider.ts'
import type { Algorithm } from '../crypto/provider.ts'
import type { Checkpoint } from './checkpoint.ts'
import { cosignerOf, signerOf, verifierOf } from './cosignature.ts'
import type { Cosigner, Signer } from './cosignature.ts'
import type { Verifier, Vkey } from './vkey.ts'

/** A secret key whose 32 bytes all are `fill`. */
export function secretKey(algorithm: Algorithm, fill: number): Bytes {
  return concat(Uint8Array.of(algorithm), new Uint8Array(32).fill(fill))
}

export const origin = 'jurat.example/hangzhou'
export const logSigner: Signer = signerOf(nobleCrypto, origin, secretKey(algorithms.ed25519, 1))
export const otherLog: Signer = signerOf(nobleCrypto, 'jurat.example/other', secretKey(algorithms.ed25519, 9))

/** Cosigner number `fill` with Ed25519 (type 4). */
export function ed25519Cosigner(name: string, fill: number): Cosigner {
  return cosignerOf(nobleCrypto, name, secretKey(algorithms.ed25519, fill))
}

/** Cosigner number `fill` with ML-DSA-44 (type 6). */
export function mldsaCosigner(name: string, fill: number): Cosigner {
  return cosignerOf(nobleCrypto, name, secretKey(algorithms.mldsa44, fill))
}

export const checkpoint: Checkpoint = { origin, size: 20_852_163, root: new Uint8Array(32).fill(7) }
export const timeSeconds = 1_679_315_147

export function verifiersOf(...keys: readonly { readonly vkey: Vkey }[]): Verifier[] {
  return keys.map(({ vkey }) => verifierOf(nobleCrypto, vkey))
}
