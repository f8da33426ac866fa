/**
 * The command against a node whose witnesses are torchwood's, which nobody here wrote: a deposit that waits for them,
 * and its receipt, verified without a network.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { formatVkey } from '@jurat/core/note/vkey'
import { freshFolder, type Node, startNode } from '../runningNode.ts'
import { type FreshLitewitness, startLitewitness, withoutLitewitness } from './litewitness.ts'

const command = join(import.meta.dirname, '../../packages/cli/bin/jurat.js')
const names = ['one.example/witness', 'two.example/witness']

describe('the command and outside witnesses', { skip: withoutLitewitness, timeout: 300_000 }, () => {
  const folder = freshFolder()
  const original = join(folder, 'contract.txt')
  const receipt = join(folder, 'contract.jurat.json')
  const witnesses: FreshLitewitness[] = []
  let node: Node

  before(async () => {
    for (const name of names) witnesses.push(await startLitewitness(name))
    const lines = witnesses.map(({ witness: { url, vkey } }) => `${url} ${formatVkey(vkey)}`)
    const options = [`--witnesses=${lines.join(';')}`, '--witness-quorum=2', '--database-url=off']
    node = await startNode(folder, options)
    const { logKeys } = (await (await fetch(`${node.url}/v1/trust`)).json()) as { logKeys: { vkey: string }[] }
    for (const { vkey } of logKeys) for (const { witness } of witnesses) witness.addLog(vkey)
    writeFileSync(original, 'signed by both')
  })
  after(async () => {
    for (const witness of witnesses) await witness.close()
    await node.stop()
  })

  const jurat = async (...words: string[]): Promise<string> => {
    const ours = Object.entries(process.env).filter(([name]) => !/^(?:JURAT_|XDG_|LC_|LANG)/u.test(name))
    const config = { JURAT_CONFIG_DIR: join(folder, 'config'), JURAT_NODE: node.url, JURAT_KEY: node.apiKey }
    const env = { ...Object.fromEntries(ours), ...config }
    return (await promisify(execFile)(process.execPath, [command, ...words], { env })).stdout
  }

  test('a deposit that waits has the cosignatures in its receipt', async () => {
    await jurat('trust', 'add', '--fingerprint', node.trustFingerprint)
    const printed = await jurat('deposit', original, '--wait', 'witnessed', '--receipt', receipt)
    assert.match(printed, /^contract\.txt: entry \d+, witnessed, id /)
    const checkpoint = await jurat('log', 'checkpoint')
    for (const name of names) assert.ok(checkpoint.includes(`\n— ${name} `), checkpoint)
  })

  test('the receipt verifies when node and witnesses are gone, and names who signed', async () => {
    await node.stop()
    for (const witness of witnesses) await witness.close()
    const verdict = await jurat('verify', original, receipt)
    assert.match(verdict, /^unchanged since \S+ \(the cosignature that completed the quorum\)/)
    assert.match(verdict, /✔ cosignatures of the witnesses: 2 of 2 cosigned, 2 are needed/)
    for (const name of names) assert.match(verdict, new RegExp(`^ {2}${name} {2}20`, 'm'))
    assert.doesNotMatch(verdict, /no independent witness/)
  })

  test('another original is found out', async () => {
    writeFileSync(original, 'signed by nobody')
    await assert.rejects(jurat('verify', original, receipt), { code: 1 })
  })
})
