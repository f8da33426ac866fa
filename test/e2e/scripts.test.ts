/**
 * Runs every transcript of `scripts/` and the account life of the operating manual, each in an empty folder with a
 * configuration of its own.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { describeMismatch, parseTranscript, runTranscript } from './transcript.ts'

const root = join(import.meta.dirname, '../..')
const scripts = join(import.meta.dirname, 'scripts')

const pages = [
  ...readdirSync(scripts)
    .toSorted()
    .map((name) => join(scripts, name)),
  join(root, 'docs/operating/account-life.md'),
]

/** The environment of a page: nothing of the person who runs the tests, English, and the commands of this tree. */
function environmentFor(folder: string): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !/^(?:JURAT_|XDG_|LC_|LANG|DATABASE_URL)/u.test(name))
  return {
    ...Object.fromEntries(ours),
    PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    LANG: 'C.UTF-8',
    JURAT_CONFIG_DIR: join(folder, 'config'),
    JURAT_MASTER_KEY_FILE: join(folder, 'master.key'),
    JURAT_PASSPHRASE: 'example',
  }
}

// They wait for nodes and for time more than they compute.
const skip = process.platform === 'win32' && 'the pages are typed into bash'
describe('transcripts', { concurrency: true, skip }, () => {
  for (const page of pages) {
    const name = page.slice(root.length + 1)
    test(name, { timeout: 700_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'jurat-e2e-'))
      try {
        const steps = parseTranscript(readFileSync(page, 'utf8'))
        const mismatch = await runTranscript(steps, folder, environmentFor(folder))
        if (mismatch !== null) assert.fail(describeMismatch(name, mismatch))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }
})
