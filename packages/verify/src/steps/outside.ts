/**
 * Notes of outside witnesses in a receipt of a consortium: additional evidence beside the members' quorum, which no verdict
 * needs, and which may not be wrong. docs/spec/verification.md.
 * @module
 */
import { equal, fromText } from '@jurat/core/bytes'
import type { OutsideWitness } from '@jurat/core/ledger/consortium'
import { servingName } from '@jurat/core/ledger/consortiumRules'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { verifierOf } from '@jurat/core/note/cosignature'
import { openNote, parseNote, type VerifiedSignature } from '@jurat/core/note/note'
import { cosigningVkeys, makeVkey, signatureTypes, type Vkey } from '@jurat/core/note/vkey'
import type { ChainDocument, Trust } from '@jurat/core/receipt/trustChain'
import { type Case, proven } from '../case.ts'
import { reading, StepFailure } from '../error.ts'
import type { Signatory } from '../verdict.ts'

/**
 * Each note must be of this very checkpoint, on the log as a member of the document serves it, with a signature of that
 * member's log key and of an outside witness of the document.
 * @returns the outside witnesses whose keys are still in force, and when each had cosigned with all of them; of a solo
 * network, whose outside witnesses are its quorum, nobody
 */
export function checkOutsideNotes(verification: Case, trust: Trust, { document }: ChainDocument): Signatory[] {
  const { crypto, receipt } = verification
  const { checkpoint } = proven(verification.claimed, 'inclusion')
  const { origin } = trust.file
  const witnesses = document.witnesses.map((witness) => {
    const [ed25519, mldsa44 = null] = witness.keys
    return { witness, vkeys: cosigningVkeys(crypto, witness.name, { ed25519, mldsa44 }) }
  })
  const verified: (readonly VerifiedSignature[])[] = []
  for (const text of receipt.witnesses) {
    reading('witness-note-wrong', () => {
      const note = parseNote(fromText(text))
      const served = parseCheckpoint(note.body)
      const member = document.members.find(({ name }) => servingName(origin, name) === served.origin)
      if (member === undefined || served.size !== checkpoint.size || !equal(served.root, checkpoint.root)) {
        throw new StepFailure('witness-note-other')
      }
      const open = (vkeys: readonly Vkey[]): readonly VerifiedSignature[] =>
        openNote(
          note,
          vkeys.map((vkey) => verifierOf(crypto, vkey)),
        ).verified
      open([makeVkey(crypto, served.origin, signatureTypes.ed25519, member.keys.log)])
      verified.push(open(witnesses.flatMap(({ vkeys }) => vkeys)))
    })
  }
  if (document.members.length === 1) return []
  return witnesses
    .filter(({ witness }) => trust.newest.document.witnesses.some((present) => haveSameKeys(witness, present)))
    .map(({ witness: { name }, vkeys }) => ({ name, timeMs: earliest(verified.map((lines) => timeOf(vkeys, lines))) }))
}

/** Retired keys could rewrite their own time. */
function haveSameKeys(one: OutsideWitness, other: OutsideWitness): boolean {
  return (
    one.name === other.name &&
    one.keys.length === other.keys.length &&
    one.keys.every((key, at) => equal(key, other.keys[at] ?? new Uint8Array(0)))
  )
}

/** When somebody had signed with all keys, milliseconds since 1970 UTC; null without one of them, or without a time. */
function timeOf(vkeys: readonly Vkey[], lines: readonly VerifiedSignature[]): number | null {
  const times = vkeys.map(({ name, id }) => lines.find((line) => line.name === name && line.id === id)?.timeSeconds)
  const known = times.filter((time) => time !== undefined && time !== null)
  return known.length < vkeys.length ? null : Math.max(...known) * 1000
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}
