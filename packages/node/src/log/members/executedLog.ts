/**
 * What a member's witness keys answer for the log that it executes itself (docs/spec/witness.md).
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { emptyRoot } from '@jurat/core/merkle/hash'
import { formatSignatureLines, parseNote } from '@jurat/core/note/note'
import type { ExecutedLog } from '@jurat/core/note/witness'
import type { TreeHead } from '../checkpointSigner.ts'
import type { MembersPolicy } from './membersPolicy.ts'

/** The executor's cosignature of the newest complete checkpoint, which is null before the first. */
export function executedLog(
  crypto: CryptoProvider,
  { members, self }: MembersPolicy,
  complete: (TreeHead & { readonly note: Bytes }) | null,
): ExecutedLog {
  const signatures = complete === null ? [] : parseNote(complete.note).signatures
  const { size, root } = complete ?? { size: 0, root: emptyRoot(crypto) }
  return {
    kind: 'executed',
    verifiers: members.map(({ logVerifier }) => logVerifier),
    own: { size, root },
    lines: formatSignatureLines(signatures.filter(({ name }) => name === self?.member.name)),
  }
}
