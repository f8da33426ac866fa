/**
 * The exclusive lock of a data folder. Node has no flock; LevelDB has: its LOCK file is held with an fcntl lock, which the kernel
 * drops when the process ends, however it ends. So the lock is an empty LevelDB of its own (`lock/`), taken
 * before anything else is opened, and `lock/owner` says whose it is, for the message only.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { FolderLockedError } from './files.ts'

/** Takes the lock that is the folder `path`. @throws {FolderLockedError} when it is held. */
export async function lockFolder(path: string): Promise<{ release(): Promise<void> }> {
  await mkdir(path, { recursive: true })
  const level = (await openUnlessDamaged(path)) ?? (await openAnew(path))
  writeFileSync(join(path, 'owner'), `${process.pid}\n`)
  return { release: () => level.close() }
}

/** Null when nobody holds it and it cannot be opened. */
async function openUnlessDamaged(path: string): Promise<ClassicLevel | null> {
  const level = new ClassicLevel(path)
  try {
    await level.open()
    return level
  } catch (error) {
    if (isHeld(error)) throw new FolderLockedError(dirname(path), readOwner(path))
    return null
  }
}

/** Nothing is ever in it, so a damaged one is made anew: all but the file that the system's lock is on. */
async function openAnew(path: string): Promise<ClassicLevel> {
  for (const name of await readdir(path)) if (name !== 'LOCK') await rm(join(path, name), { recursive: true })
  const level = new ClassicLevel(path)
  try {
    await level.open()
    return level
  } catch (error) {
    if (isHeld(error)) throw new FolderLockedError(dirname(path), readOwner(path))
    throw error
  }
}

function isHeld(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === 'LEVEL_LOCKED') return true
  }
  return false
}

function readOwner(path: string): number | null {
  try {
    const pid = Number(readFileSync(join(path, 'owner'), 'utf8'))
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null
  } catch {
    return null
  }
}
