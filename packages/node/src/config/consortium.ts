/**
 * Options: a member of a consortium: its chain, and its ways to the other members.
 * @module
 */
import { addressOption, choiceOption, listOption, numberOption, textOption, type OptionGroup } from './option.ts'
import { parseRoute } from './values.ts'

/** A member of a consortium: its chain, and its ways to the other members. */
export const consortiumOptions = {
  genesis: textOption(
    'Genesis of a consortium, from `jurat network assemble`, for a data folder that `jurat network join` has made. It is kept in the folder; another one is refused from then on.',
  ),
  cometbft: textOption(
    'The CometBFT program of a member of a consortium. Empty: the one that `npm run engine:install` has built, or the first on PATH.',
  ),
  join: choiceOption(
    'auto',
    ['auto', 'snapshot', 'replay'],
    'How a member that has nothing yet gets the chain of the others. `snapshot`: their state, verified, then the entries of the log from them; blocks before it are not here (docs/operating/joining.md). `replay`: every block, executed. `auto`: a snapshot when the chain has more than 1,000 blocks. When nobody offers one, the chain is executed.',
  ),
  snapshotEvery: numberOption(
    1_000,
    [0, 1_000_000_000],
    'A member of a consortium makes a snapshot for joining members at each multiple of this height, and keeps the newest two. 0: none. All members should have the same, so that one joining gets its chunks from all of them.',
  ),
  snapshotWaitMs: numberOption(
    60_000,
    [1_000, 86_400_000],
    'So long a member that joins by snapshot waits, milliseconds, while none is offered and no chunk of one comes; then it executes the chain. CometBFT looks for snapshots during the first 5 seconds.',
  ),
  membersListen: addressOption(
    'HOST:PORT for the links of other members, when it is not the port of the own `jurat-members:` address on all interfaces.',
  ),
  consensusListen: addressOption(
    'HOST:PORT for the CometBFT of other members, when it is not the port of the own `jurat-consensus:` address on all interfaces.',
  ),
  memberRoutes: listOption(
    'Ways to other members that differ from the consortium document: `NAME=jurat-members://HOST:PORT` or `NAME=jurat-consensus://HOST:PORT`, several separated by `;`.',
    parseRoute,
  ),
} as const satisfies OptionGroup
