/**
 * The page that shows the interface: Scalar, served from this node alone.
 * @module
 */
import { createReadStream, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Reply } from './handler.ts'
import { ProblemError } from './problems.ts'

/** Only this host; Scalar sets styles from scripts. */
const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Jurat: HTTP interface</title>
  </head>
  <body>
    <div id="reference"></div>
    <script src="/reference/scalar.js"></script>
    <script src="/reference/start.js"></script>
  </body>
</html>
`

const startScript = `Scalar.createApiReference('#reference', {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
})
`

/** The page. */
export const referencePage = (): Omit<Reply, 'status'> => ({
  body: page,
  headers: { 'content-security-policy': contentPolicy, 'referrer-policy': 'no-referrer', 'cache-control': 'no-cache' },
})

/** A script of the page. @throws ProblemError `not-found` for any other name. */
export function referenceScript(file: string): Reply {
  if (file === 'start.js') return { status: 200, body: startScript, headers: { 'cache-control': 'no-cache' } }
  if (file !== 'scalar.js') throw new ProblemError('not-found')
  const path = scalarPath()
  const length = String(statSync(path).size)
  const headers = { 'cache-control': 'public, max-age=86400', 'content-length': length }
  return { status: 200, body: createReadStream(path), headers }
}

function scalarPath(): string {
  const require = createRequire(import.meta.url)
  const entry = require.resolve('@scalar/api-reference')
  return join(entry.slice(0, entry.lastIndexOf('api-reference') + 'api-reference'.length), 'dist/browser/standalone.js')
}
