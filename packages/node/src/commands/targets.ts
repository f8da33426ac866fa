/**
 * The further networks of the profile, joined: reached over HTTP, verified on a thread of their own under what was pinned.
 * @module
 */
import { fromHex, toHex } from '@jurat/core/bytes'
import { parseTrust } from '@jurat/core/receipt/trustChain'
import { standingOf, statedOf } from '@jurat/verify/fingerprint'
import { ConfigError } from '../config/values.ts'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { PinnedTarget } from '../features/targets.ts'
import { juratTarget } from '../features/targets/targetNetwork.ts'
import type { Verifications } from '../features/verifications.ts'
import type { Network } from '../platform/network.ts'
import type { ProfileTarget } from './profile.ts'

/** A network of the profile. @throws ConfigError when its trust file is not the pinned one. */
export function pinnedTarget(
  target: ProfileTarget,
  network: Network,
  verifications: Pick<Verifications, 'examine'>,
): PinnedTarget {
  const { name, trust, trustFingerprint: fingerprint } = target
  checkPinned(target)
  return {
    ...juratTarget({ ...target, network }),
    async verify(receipt, of) {
      const examined = await verifications.examine({ receipt, trust, stated: statedOf(of), fingerprint })
      const { verdict, proven } = examined
      const timeMs = verdict.unchangedSince?.timeMs ?? verdict.recordedAtMs ?? 0
      return { ...standingOf(examined, of), index: proven?.index ?? 0, timeMs }
    },
  }

  function checkPinned({ trust: text, trustFingerprint }: ProfileTarget): void {
    let found: string
    try {
      found = toHex(parseTrust(nodeCrypto, text).fingerprint)
    } catch (cause) {
      throw new ConfigError('config-invalid', `the trust file of the network ${name} cannot be read`, { cause })
    }
    if (found === toHex(fromHex(trustFingerprint))) return
    throw new ConfigError('config-invalid', `the trust file of the network ${name} has the fingerprint ${found}`)
  }
}
