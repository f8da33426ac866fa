/**
 * Reporter of `npm test`: one line a test file, every failure in full, every skip by name with its reason, and the
 * closing counts.
 */
import { relative } from 'node:path'

export default async function* reporter(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const skips = []
  const files = new Map()
  const started = Date.now()
  for await (const { type, data } of source) {
    if (type === 'test:stderr' || type === 'test:stdout') continue
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const isFile = data.details?.type === 'suite' || data.name?.endsWith('.test.ts')
    if (isFile && type === 'test:pass') continue
    const file = data.file === undefined ? '' : relative(process.cwd(), data.file)
    if (data.skip !== undefined && data.skip !== false) {
      counts.skipped++
      skips.push(`${file}: ${data.name} — ${data.skip === true ? 'no reason given' : data.skip}`)
    } else if (type === 'test:pass') {
      counts.passed++
      files.set(file, (files.get(file) ?? 0) + 1)
    } else if (data.details?.error?.failureType !== 'subtestsFailed') {
      counts.failed++
      const error = data.details?.error
      yield `FAILED ${file}: ${data.name}\n${error?.cause?.stack ?? error?.stack ?? String(error)}\n`
    }
  }
  for (const [file, count] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    yield `${String(count).padStart(5)} passed  ${file}\n`
  for (const skip of skips) yield `SKIPPED ${skip}\n`
  yield `${Math.round((Date.now() - started) / 1000)} s\n`
  yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`
}
