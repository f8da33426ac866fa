/**
 * Options: the key that seals all others.
 * @module
 */
import { textOption, type OptionGroup } from './option.ts'

/** The key that seals all others. */
export const keysOptions = {
  masterKey: textOption(
    'The master key itself, 64 hexadecimal digits: it encrypts every key that the node holds. Prefer the file. Lost, all hosted accounts are lost.',
  ),
  masterKeyFile: textOption(
    'File of the master key, outside the data folder. Made at the first start. No backup contains it: keep a copy.',
    '~/.config/jurat/master.key',
  ),
} as const satisfies OptionGroup
