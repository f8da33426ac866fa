/**
 * Handlers of the time-stamp authority: RFC 3161 over HTTP, and the form of sigstore's time-stamp authority.
 * @module
 */
import { SigstoreTimestampRequest } from '@jurat/api/timestamps'
import type { timestampRoutes } from '@jurat/api/timestampRoutes'
import { unsigned } from '@jurat/core/asn1/writer'
import { fromHex } from '@jurat/core/bytes'
import { imprintAlgorithms } from '@jurat/core/timestamp/identifiers'
import type { TimestampQuery } from '@jurat/core/timestamp/query'
import { isMediaType, parseJson } from '../body.ts'
import type { Handler, Reply } from '../handler.ts'
import { ProblemError } from '../problems.ts'
import { validate } from '../validation.ts'

/** What these handlers stand on. */
export interface TimestampServices {
  /** Null: this node has no authority. */
  readonly authority: {
    readonly answer: (request: Uint8Array) => Uint8Array
    readonly grant: (query: TimestampQuery) => Uint8Array
  } | null
  /** Certificates from that of the authority up to its root, PEM. */
  readonly chain: () => string
}

const derRequest = 'application/timestamp-query'
const jsonRequest = 'application/json'

const mediaTypeUnknown = (taken: string): ProblemError =>
  new ProblemError('media-type-unknown', { detail: `this takes ${taken}` })

/** The handlers. */
export function timestampHandlers({ authority, chain }: TimestampServices): {
  [Id in keyof typeof timestampRoutes]: Handler<(typeof timestampRoutes)[Id]>
} {
  const running = (): NonNullable<TimestampServices['authority']> => {
    if (authority === null) throw new ProblemError('feature-off')
    return authority
  }
  const notKept = { 'cache-control': 'no-store' }
  const reply = (status: number, body: Uint8Array): Reply => ({ status, body, headers: notKept })
  return {
    requestTimestamp({ bytes, request }) {
      if (!isMediaType(request, derRequest)) throw mediaTypeUnknown(derRequest)
      return reply(200, running().answer(new Uint8Array(bytes)))
    },
    requestSigstoreTimestamp({ bytes, request }) {
      const { answer, grant } = running()
      if (isMediaType(request, derRequest)) return reply(201, answer(new Uint8Array(bytes)))
      if (!isMediaType(request, jsonRequest)) throw mediaTypeUnknown(`${jsonRequest} or ${derRequest}`)
      return reply(201, grant(queryOf(bytes)))
    },
    getTimestampChain() {
      running()
      return { status: 200, body: chain() }
    },
  }
}

/** @throws ProblemError `body-malformed` when the digest is not as long as its algorithm says */
function queryOf(bytes: Buffer): TimestampQuery {
  const body = parseJson(bytes)
  validate(SigstoreTimestampRequest, body, 'body-malformed')
  const {
    artifactHash,
    hashAlgorithm: algorithm,
    certificates = false,
    nonce,
    tsaPolicyOID,
  } = body as SigstoreTimestampRequest
  const digest = new Uint8Array(Buffer.from(artifactHash, 'base64'))
  if (digest.length !== imprintAlgorithms[algorithm].bytes) {
    const message = `is not the digest of ${algorithm}`
    throw new ProblemError('body-malformed', { errors: [{ path: '/artifactHash', message }] })
  }
  return {
    imprint: { algorithm, digest },
    policy: tsaPolicyOID ?? null,
    nonce: nonce === undefined ? null : unsigned(fromHex(nonce.toString(16).padStart(14, '0'))),
    certificates,
  }
}
