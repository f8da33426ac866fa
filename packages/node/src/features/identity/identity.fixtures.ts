/**
 * Identities over a real PostgreSQL, and the certificates of people that openssl makes.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bytes } from '@jurat/core/bytes'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import type { OfficeDatabase } from '../../database/office/officeDatabase.ts'
import { Identities, type IdentityOptions } from '../identity.ts'
import { createSealer } from '../keys/seal.ts'
import type { IdentityProvider } from './provider.ts'

/** The accounts of an organisation of the tests. */
export const accountOf = (organisation: string): string =>
  createHash('sha256').update(`account of ${organisation}`).digest('hex')

/** Identities of a network of the tests. */
export function testIdentities(
  office: OfficeDatabase,
  providers: readonly IdentityProvider[],
  options: Partial<IdentityOptions> = {},
): Identities {
  const key = { secretKey: Uint8Array.of(2, ...new Uint8Array(32).fill(7)), certificates: [new Uint8Array(3)] }
  return new Identities({
    crypto: nodeCrypto,
    networkId: new Uint8Array(32).fill(1),
    office,
    providers,
    sealer: createSealer(new Uint8Array(32).fill(9)),
    hostedAccount: (organisation) => ({ id: accountOf(organisation) }),
    hostedAccounts: (organisation) => [{ id: accountOf(organisation) }],
    statementKey: () => Promise.resolve(key),
    statementMs: 86_400_000,
    now: () => Date.now(),
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
    ...options,
  })
}

/** What openssl is to make of a person's certificate. */
export interface PersonCertificate {
  /** Lines of the extension section. */
  readonly extensions?: readonly string[]
  readonly days?: readonly [from: string, until: string]
  readonly subject?: string
  readonly key?: readonly string[]
  /** Name of the issuer among what this folder has made. */
  readonly issuer?: string
}

/** A folder in which openssl is a CA. */
export class TestCa {
  readonly #folder = mkdtempSync(join(tmpdir(), 'jurat-people-'))

  constructor() {
    writeFileSync(this.path('index.txt'), '')
    writeFileSync(this.path('index.txt.attr'), 'unique_subject = no\n')
    writeFileSync(this.path('crlnumber'), '01\n')
    const config = [
      '[ca]\ndefault_ca = own\n[own]',
      `database = ${this.path('index.txt')}\ncrlnumber = ${this.path('crlnumber')}`,
      'default_md = sha256\n[req]\ndistinguished_name = dn\nprompt = no\nstring_mask = utf8only\n[dn]\nCN = x\n',
    ].join('\n')
    writeFileSync(this.path('openssl.cnf'), config)
    this.make('root', { issuer: 'root', extensions: authority, subject: '/C=CN/O=People CA/CN=People root' })
    this.make('issuing', { issuer: 'root', extensions: authority, subject: '/C=CN/O=People CA/CN=People issuing' })
  }

  path(name: string): string {
    return join(this.#folder, name)
  }

  pem(name: string): string {
    return readFileSync(this.path(`${name}.pem`), 'utf8')
  }

  /** Makes a key and its certificate. */
  make(name: string, certificate: PersonCertificate = {}): void {
    const { extensions = person, subject = '/C=CN/O=Firm/CN=张三', issuer = 'issuing' } = certificate
    const { key = ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'] } = certificate
    this.#openssl('genpkey', '-algorithm', ...key, '-out', this.path(`${name}.key`))
    this.#openssl(
      'req',
      '-new',
      '-utf8',
      '-key',
      this.path(`${name}.key`),
      '-subj',
      subject,
      '-out',
      this.path(`${name}.csr`),
    )
    writeFileSync(this.path(`${name}.ext`), `${extensions.join('\n')}\n`)
    const [from, until] = certificate.days ?? ['20240101000000Z', '20400101000000Z']
    const own = issuer === name ? ['-selfsign'] : []
    const ca = issuer === name ? [] : ['-cert', this.path(`${issuer}.pem`)]
    const policy = this.path('policy.cnf')
    const section = '\nnew_certs_dir = ' + this.#folder + '\nrand_serial = yes\npolicy = any\ncopy_extensions = none\n'
    const any = '[any]\ncountryName = optional\norganizationName = optional\ncommonName = optional\n'
    writeFileSync(
      policy,
      `[ca]\ndefault_ca = own\n[own]\ndatabase = ${this.path('index.txt')}\ndefault_md = sha256${section}${any}`,
    )
    this.#openssl(
      'ca',
      '-batch',
      '-notext',
      '-utf8',
      '-config',
      policy,
      ...own,
      ...ca,
      '-keyfile',
      this.path(`${issuer}.key`),
      '-in',
      this.path(`${name}.csr`),
      '-extfile',
      this.path(`${name}.ext`),
      '-out',
      this.path(`${name}.pem`),
      '-startdate',
      from,
      '-enddate',
      until,
    )
  }

  /** Revokes a certificate. */
  revoke(name: string, issuer: string = 'issuing'): void {
    this.#openssl(...this.#as(issuer), '-revoke', this.path(`${name}.pem`))
  }

  /** The list of an issuer. */
  list(issuer: string, until: string, from: string = '20240101000000Z'): string {
    const out = this.path(`${issuer}.crl`)
    this.#openssl(...this.#as(issuer), '-gencrl', '-crl_lastupdate', from, '-crl_nextupdate', until, '-out', out)
    return readFileSync(out, 'utf8')
  }

  /** A signature over SHA-256 of a message, base64. */
  sign(name: string, message: Bytes, ...options: readonly string[]): string {
    writeFileSync(this.path('message'), message)
    const key = this.path(`${name}.key`)
    const made = execFileSync('openssl', ['dgst', '-sha256', '-sign', key, ...options, this.path('message')])
    return made.toString('base64')
  }

  #as(issuer: string): string[] {
    const own = ['-cert', this.path(`${issuer}.pem`), '-keyfile', this.path(`${issuer}.key`)]
    return ['ca', '-batch', '-config', this.path('openssl.cnf'), ...own]
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  }
}

const authority = ['basicConstraints = critical, CA:true', 'keyUsage = critical, keyCertSign, cRLSign']

/** The extensions of a certificate with which a person may sign. */
export const person: readonly string[] = [
  'basicConstraints = critical, CA:false',
  'keyUsage = critical, digitalSignature',
  'extendedKeyUsage = clientAuth',
]
