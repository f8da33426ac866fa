/**
 * Outside tools that tests use when they are there. A test that misses one is skipped by name, with the reason:
 * `const openssl = tool('openssl')` and `test(name, { skip: openssl === null && 'openssl is not installed' }, ...)`.
 * With JURAT_REQUIRE_TOOLS=1 a missing tool is a failure.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram } from '../../localnet/programs.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const downloadTimeoutMs = 120_000

/** Path of a program; null when it is not installed. @throws {Error} instead, when tools are required. */
export function tool(name: string): string | null {
  return findProgram(name) ?? missing(`${name} is not installed`)
}

/** Path of a library of the system; null when it is not there. @throws {Error} instead, when tools are required. */
export function library(path: string): string | null {
  return existsSync(path) ? path : missing(`${path} is not installed`)
}

/**
 * Folder of a Go module at a pinned version (`path@version`), fetched through Go's own client; null when Go or the
 * module cannot be had. @throws {Error} instead, when tools are required.
 */
export function goModule(module: string): string | null {
  const go = tool('go')
  if (go === null) return null
  const folder = mkdtempSync(join(tmpdir(), 'jurat-go-'))
  try {
    const answer = execFileSync(go, ['mod', 'download', '-json', module], {
      cwd: folder,
      encoding: 'utf8',
      timeout: downloadTimeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return (JSON.parse(answer) as { Dir: string }).Dir
  } catch (cause) {
    return missing(`the Go module ${module} cannot be fetched`, cause)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A line of Node beside the pinned one; without a path where it cannot be had, and then with the reason. */
export interface NodeLine {
  readonly version: string
  readonly path: string | null
  readonly reason: string
}

/** The lines of scripts/node-lines.js, fetched when they are not there. @throws {Error} instead, when tools are required. */
export function nodeLines(): NodeLine[] {
  const { stdout } = spawnSync(process.execPath, [join(root, 'scripts', 'node-lines.js')], { encoding: 'utf8' })
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { version, path, reason } = JSON.parse(line) as { version: string; path: string | null; reason: string }
      const what = `Node ${version} cannot be fetched`
      return { version, path: path ?? missing(what, reason), reason: `${what}: ${reason}` }
    })
}

function missing(what: string, cause?: unknown): null {
  if (process.env['JURAT_REQUIRE_TOOLS'] === '1') throw new Error(`${what}, and JURAT_REQUIRE_TOOLS=1`, { cause })
  return null
}
