/**
 * The pages as files: the same bytes every time, small, and with nothing inside that reaches out.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { buildVerifierPages, nodePagePolicy } from './build.ts'

/** The offline file may have this many bytes. */
const fileBytesMax = 900_000
/** The public page may have this many bytes as it travels. */
const gzipBytesMax = 200_000

test('two builds give the same bytes, from whatever folder', async () => {
  const first = await buildVerifierPages()
  const folder = process.cwd()
  process.chdir('/')
  try {
    assert.deepEqual(await buildVerifierPages(), first)
  } finally {
    process.chdir(folder)
  }
})

test('both pages are small, and name nothing outside', async () => {
  const { file, node } = await buildVerifierPages()
  assert.ok(Buffer.byteLength(file) < fileBytesMax, `${Buffer.byteLength(file)} bytes`)
  assert.ok(gzipSync(node).length < gzipBytesMax, `${gzipSync(node).length} bytes`)
  for (const html of [file, node]) {
    assert.doesNotMatch(html, /\b(src|href|action)="?https?:/i)
    assert.doesNotMatch(html, /sourceMappingURL/)
  }
  assert.doesNotMatch(file, /jurat-(receipt|trust)\/v1"?\s*,\s*"networkId"/, 'no trust file inside')
})

test('the policy of the file has no address at all, that of the node the ones that are named', async () => {
  const pages = await buildVerifierPages()
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(pages.file) ?? []
  const allowed = policy.split('; ').map((each) => each.replace(/'sha256-[^']+'/, 'HASH'))
  assert.deepEqual(allowed, [
    "default-src 'none'",
    "script-src HASH 'wasm-unsafe-eval'",
    'style-src HASH',
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ])
  assert.doesNotMatch(pages.node, /http-equiv/)
  assert.match(nodePagePolicy(pages, ['a.example/v1/trust']), /; connect-src a\.example\/v1\/trust; /)
})
