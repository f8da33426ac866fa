/**
 * The openssl program in a folder of a test.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'

/** How to run it. */
export interface OpensslIn {
  /** @returns exit code and everything that it said */
  readonly openssl: (...args: readonly string[]) => { readonly code: number; readonly said: string }
  /** As above, and it must succeed. @returns what it said */
  readonly done: (...args: readonly string[]) => string
}

/** @param program - null where it is not installed: then nothing may be run */
export function opensslIn(program: string | null, folder: string): OpensslIn {
  const openssl: OpensslIn['openssl'] = (...args) => {
    const { status, stdout, stderr } = spawnSync(program ?? '', args, { cwd: folder, encoding: 'utf8' })
    return { code: status ?? -1, said: stdout + stderr }
  }
  return {
    openssl,
    done(...args) {
      const { code, said } = openssl(...args)
      assert.equal(code, 0, `openssl ${args.join(' ')}: ${said}`)
      return said
    },
  }
}
