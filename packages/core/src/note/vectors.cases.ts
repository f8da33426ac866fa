/**
 * What vectors/note.json pins: the same keys, checkpoint and times give the same bytes for ever.
 * @module
 */
import { toBase64, toHex, toText } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { hashLeaf, treeHash } from '../merkle/hash.ts'
import { makeLeaves, naiveConsistency } from '../merkle/naive.cases.ts'
import { treePath } from '../merkle/proof.ts'
import { formatAddCheckpoint, formatCosignatureLines, formatSizeConflict } from './addCheckpoint.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { cosignedMessage } from './cosignature.ts'
import { ed25519Cosigner, logSigner, mldsaCosigner, origin, secretKey, timeSeconds } from './keys.cases.ts'
import { canonicalSignatures, formatNote } from './note.ts'
import { formatPolicy, parsePolicy } from './policy.ts'
import { formatTlogProof } from './tlogProof.ts'
import { formatVkey } from './vkey.ts'

const size = 21
const index = 13
const oldSize = 6

/** The content of vectors/note.json. */
export function noteVectors(): Record<string, unknown> {
  const leaves = makeLeaves(size)
  const name = `${origin}/m1`
  const cosigners = [ed25519Cosigner(name, 2), mldsaCosigner(name, 3)] as const
  const body = formatCheckpoint({ origin, size, root: treeHash(crypto, leaves) })
  const cosignatures = cosigners.map((cosigner) => cosigner.cosign(body, timeSeconds))
  const note = formatNote(body, canonicalSignatures(origin, [...cosignatures, logSigner.sign(body)]))
  const [ed25519, mldsa44] = cosigners.map(({ vkey }) => formatVkey(vkey))
  const policy = [
    `log ${formatVkey(logSigner.vkey)} https://log.example`,
    `witness m1-ed25519 ${ed25519} https://m1.example`,
    `witness m1-ml-dsa-44 ${mldsa44} https://m1.example`,
    'group m1 all m1-ed25519 m1-ml-dsa-44',
    'group members 1 m1',
    'quorum members\n',
  ].join('\n')
  const path = treePath(crypto, leaves, index)
  return {
    source:
      'docs/spec/note.md, checkpoint.md, cosignature.md, policy.md, tlog-proof.md, witness.md. Leaf i of the tree is the two bytes of i, big-endian. Secret keys are the algorithm byte and 32 bytes of seed, in hexadecimal. Signing with ML-DSA-44 is the deterministic variant here; verifiers accept the hedged one too.',
    keys: {
      log: { name: origin, secretKey: toHex(secretKey(1, 1)), vkey: formatVkey(logSigner.vkey) },
      ed25519: { name, secretKey: toHex(secretKey(1, 2)), vkey: ed25519 },
      mldsa44: { name, secretKey: toHex(secretKey(5, 3)), vkey: mldsa44 },
    },
    timeSeconds,
    body: toText(body),
    messages: cosigners.map(({ vkey }) => toHex(cosignedMessage(vkey, body, timeSeconds))),
    note: toText(note),
    policy: formatPolicy(parsePolicy(crypto, policy)),
    leafHash: toBase64(hashLeaf(crypto, leaves[index] ?? new Uint8Array(0))),
    proof: toText(formatTlogProof({ extra: null, index, path, note })),
    addCheckpoint: {
      oldSize,
      oldRoot: toBase64(treeHash(crypto, leaves.slice(0, oldSize))),
      request: toText(formatAddCheckpoint(oldSize, naiveConsistency(oldSize, leaves), note)),
      answer: toText(formatCosignatureLines(cosignatures)),
      conflict: toText(formatSizeConflict(oldSize)),
    },
  }
}
