/**
 * A first start whose disk fails in its midst: the second sync of the signer's state, that of the first checkpoint.
 * start.test.ts runs it as a program.
 * @module
 */
import { pathToFileURL } from 'node:url'
import { createNodeFiles } from '../platform/nodeFiles.ts'
import { start } from './start.ts'

/** Which writing of the signer's state fails, from 1. */
const failingWrite = 2

async function failingStart(): Promise<number> {
  const files = createNodeFiles()
  let writes = 0
  let tellFailed = (): void => {}
  const failed = new Promise<void>((resolve) => (tellFailed = resolve))
  return start(process.argv.slice(2), process.env, {
    ...files,
    async replaceFile(path, data, options) {
      if (path.endsWith('/signer/log') && ++writes === failingWrite) {
        tellFailed()
        throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
      }
      // So the failure comes before the start is done, on every machine.
      if (path.endsWith('/bootstrap.json')) await failed
      await files.replaceFile(path, data, options)
    },
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exit(await failingStart())
