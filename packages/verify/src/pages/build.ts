/**
 * Makes the verifier pages: one HTML file with everything in it, as a file for people to keep and as the page of a node.
 * The same sources give the same bytes. Runs in Node alone.
 * @module
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'

/** The pages. */
export interface VerifierPages {
  /** `verify.html`: works from a disk, and its own policy leaves it no network. */
  readonly file: string
  /** The public page of a node; it needs the policy of {@link nodePagePolicy} as a header. */
  readonly node: string
  /** Sources of script and style of the public page in a content policy. */
  readonly sources: string
}

/** Makes the pages. */
export async function buildVerifierPages(): Promise<VerifierPages> {
  const [script, nodeScript, style] = await Promise.all([bundle('main.ts'), bundle('mainNode.ts'), minifiedStyle()])
  const sources = sourcesOf(nodeScript, style)
  const policy = `default-src 'none'; ${sourcesOf(script, style)}; base-uri 'none'; form-action 'none'`
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}">`
  return { file: page('file', meta, { script, style }), node: page('node', '', { script: nodeScript, style }), sources }
}

function sourcesOf(script: string, style: string): string {
  // A worker's script comes from the page itself, by an address that only the page can make.
  // WebAssembly hashes big files; where a browser does not know that source, it hashes without.
  return `script-src ${hashOf(script)} 'wasm-unsafe-eval'; style-src ${hashOf(style)}; worker-src blob:`
}

/**
 * The content policy of the public page: it may ask for these addresses and for nothing else.
 * @param addresses - sources of a content policy: whole addresses of answers to GET.
 */
export function nodePagePolicy({ sources }: VerifierPages, addresses: readonly string[]): string {
  return `default-src 'none'; ${sources}; connect-src ${addresses.join(' ')}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}

/** Said where scripts are off. */
const withoutScript =
  'This page verifies by its own script. Please allow scripts. 本页通过自身脚本核验，请允许脚本运行。本頁透過自身腳本核驗，請允許腳本執行。'

const page = (face: string, meta: string, { script, style }: { script: string; style: string }): string =>
  `<!doctype html>
<html lang="en" data-face="${face}">
<head>
<meta charset="utf-8">
${meta}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Jurat</title>
<style>${style}</style>
</head>
<body>
<noscript><p>${withoutScript}</p></noscript>
<script>${script}</script>
</body>
</html>
`

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    // Paths must not depend on where the repository lies.
    absWorkingDir: fileURLToPath(new URL('../../../..', import.meta.url)),
    bundle: true,
    minify: true,
    write: false,
    charset: 'utf8',
    format: 'iife',
    legalComments: 'eof',
    platform: 'browser',
    target: 'es2022',
  })
  const text = outputFiles[0]?.text ?? ''
  if (/<\/script|<!--/iu.test(text)) throw new Error('the script would end inside itself')
  return text
}

async function minifiedStyle(): Promise<string> {
  const css = await readFile(new URL('page.css', import.meta.url), 'utf8')
  return (await transform(css, { loader: 'css', minify: true, charset: 'utf8' })).code
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
