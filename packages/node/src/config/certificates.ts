/**
 * Options: what the network certifies, and with whom.
 * @module
 */
import { textOption, type OptionGroup } from './option.ts'

/** What the network certifies, and with whom. */
export const certificateOptions = {
  profile: textOption(
    'JSON file of the profile of the network: what certificates of deposit say and what they wait for (docs/operating/certificates.md), the further networks to which deposits are brought, and whose deposits those are (docs/operating/targets.md). Without it certificates are issued under the name of the network.',
  ),
} as const satisfies OptionGroup
