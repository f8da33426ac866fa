/**
 * What a check of a data folder finds.
 * @module
 */

/**
 * `segment`, `block`: the truth is damaged. `tail`: what a crash leaves, cut at the next start. `tile`, `state`, `index`: derived.
 * `note`: a kept checkpoint is missing or not valid. `signer`: the signer's state is damaged or contradicts the log.
 * `genesis`, `trust`, `key`, `credentials`, `original`: these files are damaged, or do not fit one another.
 */
export type FindingArea =
  | 'segment'
  | 'block'
  | 'tail'
  | 'tile'
  | 'state'
  | 'index'
  | 'note'
  | 'signer'
  | 'genesis'
  | 'trust'
  | 'key'
  | 'credentials'
  | 'original'

/** Areas that `--repair` makes again. */
export const repairable: ReadonlySet<FindingArea> = new Set<FindingArea>(['tail', 'tile', 'state', 'index'])

const repair = 'it is derived: --repair makes it again'
const segments = 'the truth itself is damaged: put segments/ of a backup or of another full copy in its place'

/** What a person does about it. */
export const remedies: Readonly<Record<FindingArea, string>> = {
  segment: segments,
  block: segments,
  tail: 'the next start cuts it',
  tile: repair,
  state: repair,
  index: repair,
  note:
    'restore a backup into another folder and put its notes/ in the place of this one; without a backup the log goes on ' +
    'without them, and whatever it serves is right. When the node does not start for them, move notes/ away',
  signer:
    'move signer/log and signer/ended away together (the node then starts muted), or, when signer/origin-... is damaged, ' +
    'that file and signer/witness (the node then witnesses no other log); never put older ones in their place. ' +
    'See docs/operating/muted.md',
  genesis: 'put genesis.cbor of a backup in its place, or the bytes of the field "genesis" of trust.json',
  trust:
    'put trust.json of a backup in its place, or the answer of GET /v1/trust of the running node, which does not read it',
  key: 'put this file of keys/ of a backup in its place; the node does not start without it',
  credentials:
    'put credentials/ of a backup in its place: restore the backup into another folder and take it from there',
  original: 'put it back from a backup, or let its depositor store it again; a damaged one is never served',
}

/** One thing that is not as it should be. */
export interface Finding {
  readonly area: FindingArea
  /** A path below the data folder, a block, a key. */
  readonly where: string
  readonly detail: string
}

/** Takes a finding. */
export type AddFinding = (area: FindingArea, where: string, detail: string) => void
