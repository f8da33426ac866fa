/**
 * Documents cannot rot: every page is in its index, every link leads somewhere, every command and code is there.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { problemStatuses } from '@jurat/api/problems'
import { codes } from '@jurat/core/ledger/codes'
import { problemsManual } from '../../scripts/problemsManual.ts'
import { files, root, text } from './repository.ts'

const pages = files((path) => path.endsWith('.md') && !path.includes('fixtures'))

/** Targets of the relative links of a page, as paths in the repository. */
function linksOf(page: string): string[] {
  const prose = text(page).replaceAll(/^```.*?^```/gms, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .map((target) => normalize(join(dirname(page), target)))
}

test('every relative link leads to a file', () => {
  const broken = pages.flatMap((page) =>
    linksOf(page)
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${page} links to ${target}`),
  )
  assert.deepEqual(broken, [])
})

test('every page is linked from the index of its folder', () => {
  for (const folder of ['docs/spec', 'docs/operating', 'docs/decisions']) {
    const linked = new Set(linksOf(`${folder}/README.md`))
    for (const page of pages) {
      if (dirname(page) !== folder || basename(page) === 'README.md') continue
      assert.ok(linked.has(page), `${page} is not in ${folder}/README.md`)
    }
  }
})

test('every script that a document names is there', () => {
  const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> }
  for (const page of pages) {
    const content = text(page)
    for (const [, name = ''] of content.matchAll(/\bnpm run ([a-z:]+)/g)) {
      assert.ok(name in scripts, `${page}: npm run ${name}`)
    }
    for (const [, path = ''] of content.matchAll(/\bnode ((?:scripts|packages|test|bench)\/[\w./-]+\.[jt]s)\b/g)) {
      assert.ok(existsSync(join(root, path)), `${page}: node ${path}`)
    }
    for (const [, path = ''] of content.matchAll(/`((?:packages|scripts|test|vectors|docs)\/[\w./-]+\.\w+)`/g)) {
      assert.ok(existsSync(join(root, path)), `${page}: ${path}`)
    }
  }
})

test('every problem code is documented, and no other', async () => {
  const page = text('docs/reference/problems.md')
  assert.equal(page, await problemsManual(), 'npm run gen makes the page')
  const documented = [...page.matchAll(/^\| ([a-z-]+) +\| \d/gm)].map(([, code]) => code)
  assert.deepEqual(new Set(documented), new Set(Object.keys(problemStatuses)))
})

test('every result code is documented with its name, and no other', () => {
  const rows = [...text('docs/spec/result-codes.md').matchAll(/^\| (\d+) +\| (\w+) /gm)]
  const documented = new Set(rows.map(([, code, name]) => `${code} ${name}`))
  const known = new Set(Object.entries(codes).map(([name, code]) => `${code} ${name}`))
  assert.deepEqual(documented, known)
})
