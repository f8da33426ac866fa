/**
 * What the tidiness tests look at: the files that git tracks (or would track), with their texts.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Paths of the repository's files, relative to its root. */
export function files(filter: (path: string) => boolean = () => true): string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  return output
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(root, path)) && filter(path))
    .toSorted()
}

export const text = (path: string): string => readFileSync(join(root, path), 'utf8')

export const isCode = (path: string): boolean => /\.(ts|js)$/.test(path)
export const isProduction = (path: string): boolean =>
  /^packages\/[^/]+\/src\//.test(path) && path.endsWith('.ts') && !/\.(test|cases|fixtures)\.ts$/.test(path)

/** The modules that a file imports, as they are written. */
export function importsOf(path: string): string[] {
  return [...text(path).matchAll(/^\s*(?:import|export)\b[^'";]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  )
}
