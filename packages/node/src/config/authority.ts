/**
 * Options: the certification authority and the time stamps of the node.
 * @module
 */
import { listOption, textOption, type OptionGroup } from './option.ts'
import { parseTimeSource } from './values.ts'

/** The certification authority and the time stamps of the node. */
export const authorityOptions = {
  authorityUrl: textOption(
    'The address that certificates of this node tell for revocation lists and status (docs/spec/certificates.md); default: `url`, and without it none. Plain HTTP is usual: what is fetched there is signed. Certificates that are out keep the address they were issued with.',
  ),
  timeSources: listOption(
    'Servers of time (NTP), `HOST` or `HOST:PORT`, separated by `;`. With them the node makes time stamps only while more than half of them agree with its clock within a second; a network that is not one for tests makes none without them. Three or more: one that fails or lies is outvoted.',
    parseTimeSource,
  ),
} as const satisfies OptionGroup
