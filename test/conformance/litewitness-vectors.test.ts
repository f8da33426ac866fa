/**
 * The sequences of requests and answers with which litewitness tests itself, put to our witness. They are read from the
 * Go module filippo.io/torchwood, which is fetched at test time.
 * @module
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { concat, fromHex, fromText, toHex, toText } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { verifierOf } from '@jurat/core/note/cosignature'
import { makeVkey, signatureTypes } from '@jurat/core/note/vkey'
import { addCheckpoint } from '@jurat/core/note/witness'
import type { WitnessState } from '@jurat/core/note/witness'
import { goModule } from './tools.ts'

const module = goModule('filippo.io/torchwood@v0.9.0')

/** One request and the answer that litewitness gives. */
interface Exchange {
  request: string
  status: number
  body: string | null
}

const exchangePattern =
  /POST \S+add-checkpoint\n```\n(?<request>[\s\S]*?)```\nHTTP (?<status>\d+)(?:\n\[Asserts\]\nbody == "(?<body>[^"]*)")?/g

function exchangesOf(script: string): Exchange[] {
  return [...script.matchAll(exchangePattern)].map(({ groups }) => ({
    request: groups?.['request'] ?? '',
    status: Number(groups?.['status']),
    body: groups?.['body']?.replaceAll('\\n', '\n') ?? null,
  }))
}

test('the script of litewitness', { skip: module === null && 'torchwood cannot be fetched' }, () => {
  assert.ok(module !== null)
  const script = readFileSync(join(module, 'cmd/litewitness/testdata/litewitness.txt'), 'utf8')
  const publicKey = fromHex(/add-sigsum-log -key=(?<key>[0-9a-f]{64})/.exec(script)?.groups?.['key'] ?? '')
  const origin = `sigsum.org/v1/tree/${toHex(crypto.sha256(publicKey))}`
  const vkey = makeVkey(crypto, origin, signatureTypes.ed25519, concat(Uint8Array.of(1), publicKey))
  const verifiers = [verifierOf(crypto, vkey)]
  let state: WitnessState | null = null
  const statuses: number[] = []
  for (const { request, status, body } of exchangesOf(script)) {
    const lookup = (name: string) => (name === origin ? ({ kind: 'witnessed', verifiers, state } as const) : null)
    const decision = addCheckpoint(crypto, fromText(request), lookup)
    // The script spoils a signature in the unused bits of its base64. We refuse such base64 as a malformed request, and
    // say 403 for a spoiled signature in canonical base64 (packages/core/src/note/witness.test.ts).
    const expected = status === 403 ? 400 : status
    assert.equal(decision.status, expected, request)
    if (body !== null && decision.kind === 'answer') assert.equal(toText(decision.body), body)
    if (decision.kind === 'cosign') state = decision.newState
    statuses.push(status)
  }
  assert.deepEqual(statuses, [200, 403, 404, 422, 422, 200, 409, 200, 409])
})
