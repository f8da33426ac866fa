/**
 * The process that lays documents out with Typst: nothing of it touches a disk or a network, and whoever started it ends it
 * when a document takes too long.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler'
import type { Fonts } from './fonts.ts'
import { appearanceTemplate, template } from './template.ts'

/** What the process is started with. */
export interface CompilerStart {
  readonly files: Fonts['files']
}

/** One document. */
export interface CompilerJob {
  /** A picture must fit on its page. */
  readonly kind: 'document' | 'picture'
  /** JSON of what the template reads. */
  readonly content: string
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[]
}

/** The PDF, or why there is none. */
export type CompilerAnswer = { readonly pdf: Uint8Array } | { readonly failed: string }

/** A folder that need not exist: all files are in memory. */
const workspace = join(import.meta.dirname, 'in-memory')

/** Compilations after which what was not used again is forgotten. */
const cacheAge = 8

const { files } = JSON.parse(process.argv[2] ?? '') as CompilerStart
const fontBlobs = files.map((path) => readFileSync(path))
const compiler = NodeCompiler.create({ workspace, fontArgs: [{ fontBlobs }] })

process.on('message', (job: CompilerJob) => {
  process.send?.(compiled(job))
})
// Whoever started this process is gone.
process.on('disconnect', () => process.exit(0))

function compiled({ kind, content, files: given }: CompilerJob): CompilerAnswer {
  try {
    const all = [...given, { name: 'content.json', bytes: Buffer.from(content) }]
    for (const { name, bytes } of all) compiler.mapShadow(join(workspace, name), Buffer.from(bytes))
    const result = compiler.compile({ mainFileContent: kind === 'picture' ? appearanceTemplate : template })
    const document = result.result
    if (document === null) return { failed: diagnosticsOf(result.takeDiagnostics()?.shortDiagnostics) }
    if (kind === 'picture' && document.numOfPages > 1) return { failed: 'the picture is too small for its text' }
    return { pdf: compiler.pdf(document, { pdfStandard: 'a-3b', pdfTags: false }) }
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) }
  } finally {
    compiler.resetShadow()
    compiler.evictCache(cacheAge)
  }
}

function diagnosticsOf(diagnostics: readonly unknown[] | undefined): string {
  return JSON.stringify(diagnostics ?? []).slice(0, 2_000)
}
