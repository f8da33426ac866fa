/**
 * The CMS of a signature in a PDF: whose it is, and the time stamp over it (RFC 5652; ETSI EN 319 122-1).
 * @module
 */
import { DerReader } from '@jurat/core/asn1/reader'
import { tags } from '@jurat/core/asn1/writer'
import type { Bytes } from '@jurat/core/bytes'
import { identifiers } from '@jurat/core/timestamp/identifiers'
import { ContentInfo, SignedData, type SignerInfo } from 'pkijs'
import { StepFailure } from '../error.ts'
import type { ReadCertificate } from '../timestamps/certificates.ts'
import { certificatesIn } from '../timestamps/signedToken.ts'

const data = '1.2.840.113549.1.7.1'
const signatureTimeStamp = '1.2.840.113549.1.9.16.2.14'

/** A signature, taken apart. Nothing in it has been checked. */
export interface ReadSignature {
  readonly signer: SignerInfo
  readonly certificates: readonly ReadCertificate[]
  /** The signature value, which a time stamp is over. */
  readonly value: Bytes
  readonly token: Bytes | null
}

/** Takes a signature apart. What follows it in its place must be zeros. @throws {StepFailure} `pdf-signature-wrong` */
export function readSignature(bytes: Bytes): ReadSignature {
  try {
    const outer = new DerReader(bytes)
    const own = outer.next(tags.sequence).bytes
    if (bytes.subarray(own.length).some((byte) => byte !== 0)) throw new Error('something else stands behind it')
    // The library keeps views of what it is given.
    const contentInfo = ContentInfo.fromBER(own.slice())
    if (contentInfo.contentType !== identifiers.signedData) throw new Error('it is not signed data')
    const signedData = new SignedData({ schema: contentInfo.content })
    const [signer, ...others] = signedData.signerInfos
    if (signer === undefined || others.length > 0) throw new Error('it has not exactly one signer')
    const { eContentType, eContent } = signedData.encapContentInfo
    if (eContentType !== data || eContent !== undefined) throw new Error('it is not over the file')
    const stamps = (signer.unsignedAttrs?.attributes ?? []).filter(({ type }) => type === signatureTimeStamp)
    const [stamp] = stamps.flatMap(({ values }) => values as readonly { readonly valueBeforeDecodeView: Bytes }[])
    return {
      signer,
      certificates: certificatesIn(contentInfo),
      value: new Uint8Array(signer.signature.getValue()),
      token: stamp?.valueBeforeDecodeView.slice() ?? null,
    }
  } catch (cause) {
    throw new StepFailure('pdf-signature-wrong', { reason: cause instanceof Error ? cause.message : '' }, cause)
  }
}
