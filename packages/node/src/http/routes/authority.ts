/**
 * Handlers of the certification authority.
 * @module
 */
import type { AuthorityCertificate } from '@jurat/api/authority'
import type { authorityRoutes } from '@jurat/api/authorityRoutes'
import { pageRowsMax } from '@jurat/api/limits'
import { fromText } from '@jurat/core/bytes'
import type { CertificateAuthority } from '../../features/ca.ts'
import { nameCharactersMax } from '../../features/ca/issue.ts'
import { toPem } from '../../features/ca/pem.ts'
import type { CertificateRecord } from '../../features/ca/register.ts'
import { isMediaType } from '../body.ts'
import { type Handler, ok, type Reply } from '../handler.ts'
import { ProblemError } from '../problems.ts'

/** AuthorityCertificates of an answer when the question names no number. */
const certificatesDefault = 100

/** How long others may keep a certificate or a list without asking again, seconds. */
const statementMaxAgeSeconds = 300

/** What these handlers stand on. */
export interface AuthorityServices {
  /** Null: this node has none. */
  readonly authority: CertificateAuthority | null
  readonly network: string
  /** Name of an organisation. @throws for one that is not there */
  readonly organisationName: (id: string) => string
}

/** The handlers. */
export function authorityHandlers({ authority, network, organisationName }: AuthorityServices): {
  [Id in keyof typeof authorityRoutes]: Handler<(typeof authorityRoutes)[Id]>
} {
  const running = (): CertificateAuthority => {
    if (authority === null)
      throw new ProblemError('feature-off', { detail: 'this node has no certification authority' })
    return authority
  }
  const find = (serial: string): CertificateRecord => {
    const record = running().register.certificate(serial)
    if (record === null) throw new ProblemError('not-found')
    return record
  }
  const shown = (record: CertificateRecord): AuthorityCertificate => shownBy(running(), record)
  return {
    async issueAuthorityCertificate({ body }) {
      const { profile, commonName, organisation = null, email = null, request } = body
      const name = organisation === null ? network.slice(0, nameCharactersMax) : organisationName(organisation)
      const subject = { commonName, organisation: name, email }
      const bytes = request === undefined ? null : fromText(request)
      return { status: 201, body: shown(await running().issue({ profile, subject, organisation, request: bytes })) }
    },
    listAuthorityCertificates({ query }) {
      const [after, limit] = [
        Number(query.after ?? 0),
        Math.min(pageRowsMax, Number(query.limit ?? certificatesDefault)),
      ]
      const records = running().register.certificates.filter(({ number }) => number > after)
      const page = records.slice(0, limit)
      return ok({
        certificates: page.map(shown),
        next: records.length > limit ? (page.at(-1)?.number ?? null) : null,
      })
    },
    getAuthorityCertificate: ({ params }) => ok(shown(find(params.serial))),
    async revokeAuthorityCertificate({ params, body }) {
      await running().revoke(params.serial, body.reason)
      return ok(shown(find(params.serial)))
    },
    getAuthorityStatement: ({ params }) => statementOf(running(), params.document),
    postCertificateStatus({ bytes, request }) {
      if (!isMediaType(request, 'application/ocsp-request')) {
        throw new ProblemError('media-type-unknown', { detail: 'this takes application/ocsp-request' })
      }
      return { status: 200, body: running().status(new Uint8Array(bytes)), headers: { 'cache-control': 'no-store' } }
    },
    getCertificateStatus({ params }) {
      const asked = new Uint8Array(Buffer.from(params.path, 'base64'))
      return {
        status: 200,
        body: running().status(asked),
        headers: { 'cache-control': `max-age=${statementMaxAgeSeconds}` },
      }
    },
  }
}

function shownBy({ register }: CertificateAuthority, record: CertificateRecord): AuthorityCertificate {
  const { subject, issuedMs: issuedAt, notAfterMs: notAfter, ...common } = record
  const { commonName, organisation: organisationName, email } = subject
  const revoked = register.revocation(record.serial)
  const revocation = revoked && { reason: revoked.reason, number: revoked.number, revokedAt: revoked.timeMs }
  const pem = toPem(register.der(record.serial))
  return { ...common, commonName, organisationName, email, issuedAt, notAfter, revocation, pem }
}

/** What everybody may fetch. */
function statementOf(authority: CertificateAuthority, name: string): Reply {
  const statements: Readonly<Record<string, Uint8Array | null>> = {
    'root.cer': authority.root,
    'issuing.cer': authority.issuing,
    'root.crl': authority.rootList,
    'issuing.crl': authority.revocationList,
  }
  const bytes = statements[name] ?? null
  if (bytes === null) throw new ProblemError('not-found')
  const mediaType = name.endsWith('.crl') ? 'application/pkix-crl' : 'application/pkix-cert'
  return { status: 200, body: bytes, mediaType, headers: { 'cache-control': `max-age=${statementMaxAgeSeconds}` } }
}
