/**
 * Certificates as text (RFC 7468).
 * @module
 */
import { type Bytes, toBase64, toText } from '@jurat/core/bytes'

/** A certificate as text. */
export function toPem(certificate: Bytes): string {
  const lines = toBase64(certificate).match(/.{1,64}/gu) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** The first certificate of a text, DER; null when there is none. */
export function fromPem(text: Bytes): Bytes | null {
  const [, base64] = /-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/u.exec(toText(text)) ?? []
  return base64 === undefined ? null : Uint8Array.from(Buffer.from(base64, 'base64'))
}
