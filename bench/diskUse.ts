/**
 * What a folder takes on disk.
 * @module
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes of files. */
export interface DiskUse {
  /** By their lengths. */
  readonly apparent: number
  /** By the blocks that the file system gave them. */
  readonly allocated: number
}

/** The unit of `stat.blocks` (POSIX, sys/stat.h on Linux), in bytes. */
const blockBytes = 512

/** Bytes of all files below a folder. Folder by folder, because a log of 50 million entries has 400,000 files. */
export function diskUse(folder: string): DiskUse {
  let [apparent, allocated] = [0, 0]
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      const below = diskUse(path)
      apparent += below.apparent
      allocated += below.allocated
    } else if (entry.isFile()) {
      const { size, blocks } = statSync(path)
      apparent += size
      allocated += blocks * blockBytes
    }
  }
  return { apparent, allocated }
}
