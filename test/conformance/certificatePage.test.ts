/**
 * The page to which the code on a certificate leads, in a real Chromium: a number that was issued, and one that was not.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CertificateStanding } from '@jurat/api/certificates'
import { skip as withoutDatabase } from '@jurat/node/database/office/office.fixtures'
import { chromium } from 'playwright-core'
import { freshFolder, startNode } from '../runningNode.ts'
import { seriousFindings } from './accessibility.ts'
import { tool } from './tools.ts'
import { browserArguments } from './verifyPage.ts'

const executablePath = tool('chromium')
const skip = withoutDatabase !== false ? withoutDatabase : executablePath === null && 'chromium is not installed'

test('a number leads to its certificate, whose deposit is verified there', { skip }, async (t) => {
  assert.ok(executablePath !== null)
  const node = await startNode(freshFolder())
  t.after(() => node.stop())
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const headers = {
      authorization: `Bearer ${node.apiKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    }
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
    return (await (await fetch(`${node.url}${path}`, init)).json()) as T
  }
  const digest = createHash('sha256').update('a deed').digest('hex')
  const items = [{ algorithm: 'sha-256', digest }]
  const made = await ask<{ deposits: { id: string }[] }>('POST', '/v1/deposits', { items })
  const [{ id } = { id: '' }] = made.deposits
  let standing: Partial<CertificateStanding> = {}
  for (let look = 0; standing.state !== 'issued' && look < 600; look++) {
    const { request } = standing
    standing =
      request === undefined
        ? await ask('POST', '/v1/certificates', { deposits: [{ id }] })
        : await ask('GET', `/v1/certificate-requests/${request}`)
    await sleep(100)
  }
  const number = standing.number ?? ''
  const profile = freshFolder()
  const options = { executablePath, args: [...browserArguments], locale: 'en-GB' }
  const context = await chromium.launchPersistentContext(profile, options)
  t.after(async () => {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  })
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  await page.goto(`${node.url}/v/${number}#${digest}`)
  await page.getByText(`Certificate ${number}, issued by`).waitFor()
  await page.getByText(`Its file has the SHA-256 ${standing.sha256 ?? ''}`).waitFor()
  await page.locator('.verdict.unchecked').waitFor()
  await page.getByRole('button', { name: 'Take the trust file of this node' }).click()
  await page.getByLabel('Fingerprint of the trust file').fill(node.trustFingerprint)
  await page.getByLabel('Fingerprint of the trust file').blur()
  await page.locator('.verdict.valid').waitFor()
  assert.deepEqual(await seriousFindings(page), [])

  const none = `${number.slice(0, -1)}9`
  await page.goto(`${node.url}/v/${none}`)
  await page.getByText(`This node has issued no certificate with the number ${none}.`).waitFor()
})
