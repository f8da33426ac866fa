/**
 * Options: what the network certifies, and with whom.
 * @module
 */
import { textOption, type OptionGroup } from './option.ts'

/** What the network certifies, and with whom. */
export const certificateOptions = {
  profile: textOption(
    'JSON file of the profile of the network: the further networks to which deposits are brought, and whose deposits those are (docs/operating/targets.md).',
  ),
} as const satisfies OptionGroup
