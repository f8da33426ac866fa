/**
 * Certificates of deposit: layout, first signature, and signature to B-LTA, one after the other.
 * @module
 */
import { parseArgs } from 'node:util'
import type { Bytes } from '@jurat/core/bytes'
import { certificateOf } from '../packages/node/src/features/certificates/layout/content.fixtures.ts'
import { Layouter } from '../packages/node/src/features/certificates/layout/layouter.ts'
import { EditorThread } from '../packages/node/src/features/signing/editorThread.ts'
import { signPdf } from '../packages/node/src/features/signing/sign.ts'
import type { SignatureLevel } from '../packages/node/src/features/signing/shapes.ts'
import { signedAtMs, sourcesOf } from '../packages/node/src/features/signing/signing.fixtures.ts'
import { systemTimers } from '../packages/node/src/platform/clock.ts'
import { report, type Row } from './report.ts'

const { values } = parseArgs({ options: { count: { type: 'string', default: '200' } } })
const count = Number(values.count)
const layouter = new Layouter(systemTimers)
const editor = new EditorThread(systemTimers)
const claims = { field: null, timeMs: signedAtMs, reason: null, appearance: null }

/** Another certificate each time: nothing can be remembered from the one before. */
const layOut = (at: number): Promise<Bytes> => {
  const content = certificateOf('zh-CN')
  return layouter.layCertificate({ ...content, number: `JC-2027-${String(at).padStart(6, '0')}` })
}

const signed = async (at: number, level: SignatureLevel): Promise<number> =>
  (await signPdf(editor, await layOut(at), sourcesOf('signer'), level, claims)).length

const works: readonly (readonly [string, (at: number) => Promise<number>])[] = [
  ['layout alone', async (at) => (await layOut(at)).length],
  ['layout and first signature (B-B)', (at) => signed(at, 'B-B')],
  ['layout and signature to B-LTA', (at) => signed(at, 'B-LTA')],
]

const rows: Row[] = []
for (const [work, run] of works) {
  for (let at = 0; at < 5; at++) await run(at)
  const times: number[] = []
  let bytes = 0
  const start = performance.now()
  for (let at = 0; at < count; at++) {
    const before = performance.now()
    bytes += await run(1_000 + at)
    times.push(performance.now() - before)
  }
  const seconds = (performance.now() - start) / 1000
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number): number => Math.round((sorted[Math.floor(share * (count - 1))] ?? 0) * 10) / 10
  rows.push({
    work,
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
    'a second': Math.round((count / seconds) * 10) / 10,
    'kB each': Math.round(bytes / count / 1000),
  })
}
report(
  {
    name: 'certificates',
    question: 'How long does a certificate take from its content to the signed file?',
    control: `${count} different certificates of one deposit after 5 that are not counted; test/conformance verifies what comes out`,
    limits:
      'one after the other; signer, time stamps and revocations are in the same process, from fixed keys in plain JavaScript',
  },
  rows,
)
await layouter.stop()
await editor.stop()
