/**
 * Somebody who signs, a time-stamp authority and word of revocations, all from fixed seeds; and small PDF files.
 * @module
 */
import { sequence, unsigned } from '@jurat/core/asn1/writer'
import { type Bytes, concat, fromText } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { certificateOf, extensions, issuingOf, makerOf, rootOf } from '@jurat/verify/authority.fixtures'
import type { SigningSources } from './sign.ts'
import type { SigningIdentity, TokenSource } from './shapes.ts'

export const signedAtMs: number = Date.UTC(2027, 0, 15, 8)

/** Somebody under the authority `own`, whose key is that of the name. */
export function identityOf(name: string): SigningIdentity {
  const certificate = certificateOf({ subject: name, issuer: 'own issuing', extensions: [extensions.signs] })
  const secret = concat(Uint8Array.of(2), crypto.sha256(fromText(`authority/${name}`)))
  return {
    certificates: [certificate, issuingOf('own'), rootOf('own')],
    sign: (message) => {
      const signature = crypto.sign(secret, message)
      return Promise.resolve(sequence(unsigned(signature.subarray(0, 32)), unsigned(signature.subarray(32))))
    },
  }
}

/** Time stamps of an authority. */
export function tokensOf(name: string, timeMs = signedAtMs): TokenSource {
  const maker = makerOf(name)
  return {
    stamp: (digest) => {
      const serial = crypto.sha256(digest).subarray(0, 19)
      const imprint = { algorithm: 'sha256', digest } as const
      return Promise.resolve(maker({ imprint, serial, timeMs, nonce: null, certificates: true }))
    },
  }
}

/** Sources of one signer. */
export function sourcesOf(name: string): SigningSources {
  return {
    identity: identityOf(name),
    tokens: tokensOf('own'),
    revocation: { lists: () => [], status: () => sequence() },
  }
}

/** A PDF of these objects, from 1; the first is its catalog. */
export function pdfOf(objects: readonly string[], trailer = ''): Bytes {
  let text = '%PDF-1.7\n'
  const places = objects.map((object, at) => {
    const place = text.length
    text += `${at + 1} 0 obj\n${object}\nendobj\n`
    return place
  })
  const rows = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('')
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`
  return fromText(
    `${text}${table}trailer\n<</Size ${objects.length + 1}/Root 1 0 R ${trailer}>>\nstartxref\n${text.length}\n%%EOF\n`,
  )
}

/** A page with a rectangle on it. */
export const plainPdf: Bytes = pdfOf([
  '<</Type/Catalog/Pages 2 0 R>>',
  '<</Type/Pages/Kids[3 0 R]/Count 1>>',
  '<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<<>>>>',
  '<</Length 16>>stream\n10 10 80 40 re f\nendstream',
])
