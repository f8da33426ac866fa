/**
 * Hashers of the pages, in WebAssembly: in a browser several times as fast as JavaScript, and a browser's own digests
 * cannot be made in pieces.
 * @module
 */
import { createSHA256, createSHA512, createSM3 } from 'hash-wasm'
import { type Hashers, plainHashers } from '../original.ts'

/** Makes them; where a browser or its policy has no WebAssembly, the plain ones. Each serves one original at a time. */
export async function makeHashers(): Promise<Hashers> {
  try {
    const [sha256, sm3, sha512] = await Promise.all([createSHA256(), createSM3(), createSHA512()])
    const all = { 1: sha256, 2: sm3, 3: sha512 }
    return (algorithm) => {
      const hasher = all[algorithm].init()
      return { update: (chunk) => hasher.update(chunk), digest: () => hasher.digest('binary') }
    }
  } catch {
    return plainHashers
  }
}
