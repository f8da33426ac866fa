/**
 * Options: the certification authority and the time stamps of the node.
 * @module
 */
import { textOption, type OptionGroup } from './option.ts'

/** The certification authority and the time stamps of the node. */
export const authorityOptions = {
  authorityUrl: textOption(
    'The address that certificates of this node tell for revocation lists and status (docs/spec/certificates.md); default: `url`, and without it none. Plain HTTP is usual: what is fetched there is signed. Certificates that are out keep the address they were issued with.',
  ),
} as const satisfies OptionGroup
