/**
 * The Go program in `go/`, which answers questions with the libraries of other logs (sumdb/note, torchwood,
 * transparency-dev/merkle). Go fetches its modules when the tests run.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tool } from './tools.ts'

const buildTimeoutMs = 240_000
const answerTimeoutMs = 60_000
const answerBytesMax = 256 * 1024 * 1024

/** Asks the Go program: a command, and a question that is sent as JSON. */
export interface GoHelper {
  ask(command: string, question: unknown): unknown
}

/** Builds the Go program. null when Go or its modules cannot be had. @throws {Error} instead, when tools are required. */
export function goHelper(): GoHelper | null {
  const go = tool('go')
  if (go === null) return null
  const folder = mkdtempSync(join(tmpdir(), 'jurat-conformance-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'conformance')
  try {
    const cwd = join(import.meta.dirname, 'go')
    execFileSync(go, ['build', '-o', program, '.'], { cwd, timeout: buildTimeoutMs, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (cause) {
    if (process.env['JURAT_REQUIRE_TOOLS'] === '1') throw new Error('the Go helper cannot be built', { cause })
    return null
  }
  return {
    ask(command, question) {
      const input = JSON.stringify(question)
      const limits = { timeout: answerTimeoutMs, maxBuffer: answerBytesMax }
      return JSON.parse(execFileSync(program, [command], { input, encoding: 'utf8', ...limits }))
    },
  }
}

/** Why a test is skipped that needs the Go program. */
export const noGoHelper = 'Go or its modules cannot be had'
