import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { build } from 'esbuild'

test('the SDK can be bundled for a browser: it needs nothing of Node', async () => {
  const modules = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !name.includes('.test.'))
  assert.ok(modules.length > 10)
  const contents = modules.map((name, at) => `export * as m${String(at)} from './${name}'`).join('\n')
  const { outputFiles, errors } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    logLevel: 'silent',
  })
  assert.deepEqual(errors, [])
  const [file] = outputFiles
  assert.ok(file)
  assert.doesNotMatch(file.text, /from\s*["']node:|require\(["']node:/u)
})
