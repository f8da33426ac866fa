/**
 * Runs a transcript: a page whose `console` blocks are commands that a person could type, with what they print.
 *
 *     $ command            run in one bash, so that variables and background jobs last
 *     > continuation       the command goes on
 *     expected line        must be printed; `[..]` stands for any text within the line
 *     ...                  any lines
 *     ? 2                  the exit code, when it is not 0
 *
 * A block that is not marked `console` is only text. Standard output and standard error are matched together.
 * @module
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One command of a transcript. */
export interface Step {
  readonly line: number
  readonly command: string
  readonly expected: readonly string[]
  readonly exitCode: number
}

/** A step that did not do what the page says. */
export interface Mismatch {
  readonly step: Step
  readonly output: string
  readonly exitCode: number | null
}

/** The commands of a page. */
export function parseTranscript(text: string): Step[] {
  const steps: { line: number; command: string; expected: string[]; exitCode: number }[] = []
  let inside = false
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('```')) {
      inside = !inside && line === '```console'
      continue
    }
    if (!inside) continue
    const last = steps.at(-1)
    if (line.startsWith('$ ')) {
      steps.push({ line: index + 1, command: line.slice(2), expected: [], exitCode: 0 })
    } else if (last === undefined) {
      throw new Error(`line ${String(index + 1)}: output before the first command`)
    } else if (line.startsWith('> ') && last.expected.length === 0) {
      last.command += `\n${line.slice(2)}`
    } else if (/^\? \d+$/u.test(line)) {
      last.exitCode = Number(line.slice(2))
    } else {
      last.expected.push(line)
    }
  }
  return steps
}

/** Whether the lines that were printed are those of the page. */
export function matches(expected: readonly string[], actual: readonly string[]): boolean {
  const [pattern, ...rest] = expected
  if (pattern === undefined) return actual.length === 0
  if (pattern === '...') {
    for (let skipped = 0; skipped <= actual.length; skipped++) {
      if (matches(rest, actual.slice(skipped))) return true
    }
    return false
  }
  const line = actual[0]
  return line !== undefined && matchesLine(pattern, line) && matches(rest, actual.slice(1))
}

function matchesLine(pattern: string, line: string): boolean {
  const parts = pattern.split('[..]').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`, 'u').test(line.trimEnd())
}

/**
 * Runs all steps in one shell and gives the first that went wrong, or null.
 * @param folder - an empty folder that becomes the working folder.
 */
export async function runTranscript(
  steps: readonly Step[],
  folder: string,
  environment: NodeJS.ProcessEnv,
  timeoutMs = 600_000,
): Promise<Mismatch | null> {
  const results = join(folder, '.results')
  // Each command runs in the shell itself; its output and exit code go to files. The first wrong one ends the shell.
  const script = steps.map((step, index) => {
    const expectedCode = String(step.exitCode)
    const out = `"$RESULTS.${String(index)}`
    return `{ ${step.command}\n} >${out}.out" 2>&1 </dev/null\ncode=$?\necho $code >${out}.code"\n[ $code = ${expectedCode} ] || exit 0\n`
  })
  const child = spawn('bash', ['-c', script.join('')], {
    cwd: folder,
    env: { ...environment, RESULTS: results },
    stdio: 'ignore',
    detached: true,
  })
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
  }, timeoutMs)
  await new Promise<void>((resolve) => child.on('exit', () => resolve()))
  clearTimeout(timer)
  for (const [index, step] of steps.entries()) {
    const output = readOr(`${results}.${String(index)}.out`, '')
    const code = readOr(`${results}.${String(index)}.code`, '')
    const exitCode = code === '' ? null : Number(code)
    const lines = output === '' ? [] : output.replace(/\n$/u, '').split('\n')
    if (exitCode !== step.exitCode || !matches(trimEmpty(step.expected), trimEmpty(lines))) {
      return { step, output, exitCode }
    }
  }
  return null
}

/** Without empty lines at the end: a page may set one before the next command. */
const trimEmpty = (lines: readonly string[]): readonly string[] => {
  const last = lines.findLastIndex((line) => line.trim() !== '')
  return lines.slice(0, last + 1)
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}

/** The mismatch as a message: what was typed, what the page says, what came. */
export function describeMismatch(page: string, { step, output, exitCode }: Mismatch): string {
  return [
    `${page}:${String(step.line)}`,
    `$ ${step.command}`,
    `--- expected (exit ${String(step.exitCode)})`,
    ...step.expected,
    `--- got (exit ${exitCode === null ? 'none' : String(exitCode)})`,
    output,
  ].join('\n')
}
