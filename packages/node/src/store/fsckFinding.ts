/**
 * What a check of a data folder finds.
 * @module
 */

/**
 * `segment`, `block`: the truth is damaged, restore it from a copy. `tail`: what a crash leaves, cut at the next start. `tile`,
 * `state`, `index`: derived, `--repair` makes it again. `note`: a kept checkpoint is not valid. `signer`: the signer's
 * state contradicts the log.
 */
export type FindingArea = 'segment' | 'block' | 'tail' | 'tile' | 'state' | 'index' | 'note' | 'signer'

/** Areas that `--repair` makes again. */
export const repairable: ReadonlySet<FindingArea> = new Set<FindingArea>(['tail', 'tile', 'state', 'index'])

/** One thing that is not as it should be. */
export interface Finding {
  readonly area: FindingArea
  /** A path below the data folder, a block, a key. */
  readonly where: string
  readonly detail: string
}

/** Takes a finding. */
export type AddFinding = (area: FindingArea, where: string, detail: string) => void
