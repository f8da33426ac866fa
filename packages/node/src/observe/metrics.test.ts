/**
 * Every metric of the dashboard and the manual exists, and every metric that exists is recorded somewhere.
 * @module
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createMetrics, metricTable } from './metrics.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')
const manual = join(root, 'docs', 'operating')

test('every metric of the dashboard exists', async () => {
  const exported = await exportedNames()
  const dashboard = readFileSync(join(manual, 'grafana.json'), 'utf8')
  const used = new Set(dashboard.match(/\b(jurat|process|nodejs)_[a-z0-9_]+/g) ?? [])
  assert.ok(used.size > 15)
  for (const name of used) assert.ok(exported.has(name.replace(/_bucket$/, '')), `${name} does not exist`)
})

test('every metric stands on the dashboard and in the manual', () => {
  const dashboard = readFileSync(join(manual, 'grafana.json'), 'utf8')
  const page = readFileSync(join(manual, 'monitoring.md'), 'utf8')
  for (const name of Object.keys(metricTable)) {
    assert.ok(dashboard.includes(`jurat_${name}`), `${name} is on no panel`)
    assert.ok(page.includes(`\`jurat_${name}\``), `${name} is not in monitoring.md`)
  }
})

test('every metric is recorded by production code', () => {
  const source = join(root, 'packages', 'node', 'src')
  const texts = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('metrics.ts'))
    .map((path) => readFileSync(join(source, path), 'utf8'))
  for (const name of Object.keys(metricTable)) {
    assert.ok(
      texts.some((text) => text.includes(`'${name}'`)),
      `${name} is never recorded`,
    )
  }
})

test('recording shows in the text', async () => {
  const metrics = createMetrics()
  metrics.count('transactions_total', 3, { code: 0 })
  metrics.set('tree_size', 42)
  metrics.observe('commit_seconds', 0.002)
  const text = await metrics.text()
  assert.match(text, /jurat_transactions_total\{code="0"\} 3/)
  assert.match(text, /jurat_tree_size 42/)
  assert.match(text, /jurat_commit_seconds_count 1/)
})

async function exportedNames(): Promise<Set<string>> {
  const text = await createMetrics().text()
  return new Set([...text.matchAll(/^# HELP (\S+)/gm)].map((match) => match[1] ?? ''))
}
