/**
 * Options: the network that the node founds, and who witnesses its log.
 * @module
 */
import { listOption, switchOption, textOption, type OptionGroup } from './option.ts'
import { parseMirror, parseNumber, parseWitness } from './values.ts'

/** The network that the node founds, and who witnesses its log. */
export const networkOptions = {
  network: {
    ...textOption(
      'Name of a new network, a URL without scheme, for ever the origin of its log. Only read when the data folder is new.',
      'jurat.local/<random>',
    ),
    read: (text) => text ?? '',
  },
  genesisParameters: textOption(
    'JSON file with parameters of a new network that differ from the defaults (docs/spec/network.md), such as `{"resetDelayMs": 3000}` to try recoveries on. Only read when the data folder is new.',
  ),
  rawFront: switchOption(
    'Whether POST /log/add takes raw bodies as entries, from anybody. A new network then allows operation 41. Off unless you know why.',
  ),
  witnesses: listOption(
    'Outside witnesses of a new network: `URL vkey [vkey]`, several separated by `;`. They are part of its first consortium document; later they change by operation 60.',
    parseWitness,
  ),
  witnessQuorum: {
    ...textOption('How many of the witnesses must cosign. Only read when the data folder is new.', 'all of them'),
    read: (text, name) => (text === null ? null : parseNumber(name, text, 0, 31)),
  },
  witnessedLogs: listOption(
    'Verifier keys (vkey) of other logs that this node cosigns at /witness/add-checkpoint, separated by `;`.',
    (vkey) => vkey,
  ),
  mirrors: listOption(
    'Addresses of mirrors of this log (tlog-tiles prefixes), separated by `;`. A member compares what they show with its own tree every minute.',
    parseMirror,
  ),
} as const satisfies OptionGroup
