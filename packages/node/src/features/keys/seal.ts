/**
 * Secrets at rest: AES-256-GCM (NIST SP 800-38D) under the master key, with a random nonce, bound to what they are for.
 * Layout: version byte 1 ‖ nonce (12) ‖ tag (16) ‖ ciphertext. Specification: docs/spec/key-store.md.
 * @module
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { type Bytes, concat, fromText } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'

/** Length of the master key. */
export const masterKeyBytes = 32

const sealVersion = 1
const nonceBytes = 12
const tagBytes = 16

/** Length of a sealed secret of so many bytes. */
export const sealedBytes = (secretBytes: number): number => 1 + nonceBytes + tagBytes + secretBytes

/** A sealed secret that does not open: another master key, another purpose, or changed bytes. */
export class SealError extends JuratError {}

/** Seals and opens secrets. What is sealed for one purpose opens for no other. */
export interface Sealer {
  /** @param purpose - for example `hosted/<account id>`. */
  seal(purpose: string, secret: Bytes): Bytes
  /** @throws SealError `sealed-wrong` when it does not open. */
  open(purpose: string, sealed: Bytes): Bytes
  /** A key of 32 bytes that follows from the master key and a purpose. */
  derive(purpose: string): Bytes
}

/** The sealer under a master key of 32 bytes. */
export function createSealer(masterKey: Bytes): Sealer {
  const derive = (purpose: string): Bytes => createHmac('sha256', masterKey).update(`jurat/${purpose}/v1\n`).digest()
  const key = derive('seal')
  return {
    derive: (purpose) => derive(`derived/${purpose}`),
    seal(purpose, secret) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(fromText(purpose))
      const ciphertext = concat(cipher.update(secret), cipher.final())
      return concat(Uint8Array.of(sealVersion), nonce, cipher.getAuthTag(), ciphertext)
    },
    open(purpose, sealed) {
      const head = sealedBytes(0)
      if (sealed.length < head || sealed[0] !== sealVersion) throw wrong(purpose)
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + nonceBytes))
      decipher.setAAD(fromText(purpose)).setAuthTag(sealed.subarray(1 + nonceBytes, head))
      try {
        return concat(decipher.update(sealed.subarray(head)), decipher.final())
      } catch (cause) {
        throw wrong(purpose, cause)
      }
    },
  }
}

const wrong = (purpose: string, cause?: unknown): SealError =>
  new SealError('sealed-wrong', `the secret "${purpose}" does not open under this master key`, { cause })
