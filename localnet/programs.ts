/**
 * Where outside programs are found: those that scripts/install-tools.sh builds, then the path.
 * @module
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where scripts/install-tools.sh puts what it builds. */
const builtTools = join(import.meta.dirname, '..', '.cache', 'tools', 'bin')

/** Path of a program; null when it is not installed. */
export function findProgram(name: string): string | null {
  const folders = [builtTools, ...(process.env['PATH'] ?? '').split(delimiter)]
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
