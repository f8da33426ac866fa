/**
 * Cryptography for tests that ask the same thousands of times.
 * @module
 */
import { toHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'

/** The same cryptography, which remembers what it has checked: the table asks the same again and again. */
export function remembering(crypto: CryptoProvider): CryptoProvider {
  const known = new Map<string, boolean>()
  const remember = (key: string, ask: () => boolean): boolean => {
    const answer = known.get(key) ?? ask()
    known.set(key, answer)
    return answer
  }
  return {
    ...crypto,
    isPublicKey: (key) => remember(toHex(key), () => crypto.isPublicKey(key)),
    verify: (key, message, signature) =>
      remember([key, crypto.sha256(message), signature].map(toHex).join(), () =>
        crypto.verify(key, message, signature),
      ),
  }
}
