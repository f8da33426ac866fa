import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { createNodeFiles } from '../platform/nodeFiles.ts'
import { fileKeyValue } from './fileKeyValue.ts'
import { openLevelKeyValue } from './levelKeyValue.ts'
import { storeCases, type StorePlace } from './store.cases.ts'

async function memoryPlace(): Promise<StorePlace> {
  const files = new MemoryFiles()
  await files.makeFolder('/data')
  return { files, folder: '/data', openKeyValue: fileKeyValue(files) }
}

const nodeFiles = createNodeFiles()

async function diskPlace(): Promise<StorePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'jurat-store-'))
  return { files: nodeFiles, folder, openKeyValue: openLevelKeyValue }
}

storeCases('memory', memoryPlace)
storeCases('disk', diskPlace)
