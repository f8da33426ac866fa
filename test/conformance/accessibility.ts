/**
 * What axe finds on a page.
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Serious and critical findings: rule and place. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // As an expression of the debugger, which the page's policy does not bind.
  await page.evaluate(source)
  const { violations, passes } = await page.evaluate<AxeResults>('axe.run()')
  if (passes.length === 0) throw new Error('axe looked at nothing')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => String(target)).join(', ')}`)
}
