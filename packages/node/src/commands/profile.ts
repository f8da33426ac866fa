/**
 * The profile of the network: who it is for people, and to which further networks deposits are brought. One JSON file; the
 * files that it names stand beside it. docs/operating/certificates.md.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Bytes } from '@jurat/core/bytes'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { ConfigError } from '../config/values.ts'

/** Most further networks, and most bytes of the profile, a logo, a trust file, a key. */
const targetsMax = 16
const profileBytesMax = 1_048_576
const logoBytesMax = 262_144
const trustBytesMax = 4_194_304
const keyBytesMax = 1_024

const Name = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' })
const Text = Type.String({ minLength: 1, maxLength: 512 })
const Texts = Type.Array(Text, { maxItems: 16 })
const File = Type.String({ minLength: 1, maxLength: 1024 })

const Profile = Type.Object(
  {
    issuer: Text,
    address: Type.String({ pattern: '^https?://[^/#?]+(/[^#?]*[^/#?])?$' }),
    prefix: Type.Optional(Type.String({ pattern: '^[A-Z0-9]{1,8}$' })),
    language: Type.Optional(Type.Enum(['en', 'zh-CN', 'zh-TW'])),
    zoneMinutes: Type.Optional(Type.Integer({ minimum: -720, maximum: 840 })),
    time: Type.Optional(Type.Enum(['independent', 'any', 'none'])),
    texts: Type.Optional(
      Type.Object(
        { en: Type.Optional(Texts), 'zh-CN': Type.Optional(Texts), 'zh-TW': Type.Optional(Texts) },
        { additionalProperties: false },
      ),
    ),
    logos: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 128 }), File, { maxProperties: 31 })),
    targets: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Name,
            url: Type.String({ pattern: '^https?://[^#?]+[^/#?]$' }),
            apiKeyFile: File,
            trustFile: File,
            trustFingerprint: Type.String({ pattern: '^[0-9a-f]{64}$' }),
            required: Type.Optional(Type.Boolean()),
          },
          { additionalProperties: false },
        ),
        { maxItems: targetsMax },
      ),
    ),
    follow: Type.Optional(Type.Array(Type.String({ pattern: '^[a-z0-9-]{3,64}$' }), { maxItems: 1_000 })),
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  },
  { additionalProperties: false },
)
const compiled = Compile(Profile)

type GivenTarget = NonNullable<Type.Static<typeof Profile>['targets']>[number]

/** A further network of the profile. */
export interface ProfileTarget {
  readonly name: string
  readonly url: string
  /** Reads the API key: it may be replaced while the node runs. */
  readonly apiKey: () => Promise<string>
  /** Text of the trust file, and the fingerprint that was pinned. */
  readonly trust: string
  readonly trustFingerprint: string
  /** Whether certificates wait for it. */
  readonly required: boolean
}

/** A profile, with its files read. */
export interface NetworkProfile {
  readonly issuer: string
  readonly address: string
  readonly prefix: string
  readonly language: 'en' | 'zh-CN' | 'zh-TW'
  readonly zoneMinutes: number
  /** Whose time a certificate needs: of an authority that is independent of the operator, of any that the trust file names, of none. */
  readonly time: 'independent' | 'any' | 'none'
  readonly texts: Readonly<Partial<Record<'en' | 'zh-CN' | 'zh-TW', readonly string[]>>>
  /** By the name of the member. */
  readonly logos: ReadonlyMap<string, { readonly type: 'svg' | 'png'; readonly bytes: Bytes }>
  readonly targets: readonly ProfileTarget[]
  /** Organisations whose every deposit is brought to the further networks. */
  readonly follow: readonly string[]
  /** Hosted account, by id or name, that deposits the certificates themselves; null: they are not deposited. */
  readonly account: string | null
}

/** What holds without a profile. */
export function plainProfile(issuer: string, address: string): NetworkProfile {
  return {
    issuer,
    address,
    prefix: 'JC',
    language: 'en',
    zoneMinutes: 0,
    time: 'any',
    texts: {},
    logos: new Map(),
    targets: [],
    follow: [],
    account: null,
  }
}

/** Reads a profile. @throws ConfigError that says which field or file is wrong */
export async function readProfile(path: string): Promise<NetworkProfile> {
  const text = Buffer.from(await readBounded(path, profileBytesMax)).toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ConfigError('config-invalid', `the profile ${path} is not JSON`, { cause })
  }
  if (!compiled.Check(value)) {
    const [first] = compiled.Errors(value)
    throw new ConfigError('config-invalid', `the profile ${path}: ${first?.instancePath ?? ''} ${first?.message ?? ''}`)
  }
  const logos = new Map<string, { type: 'svg' | 'png'; bytes: Bytes }>()
  for (const [member, file] of Object.entries(value.logos ?? {})) {
    const bytes = await readBounded(besideProfile(path, file), logoBytesMax)
    logos.set(member, { type: file.toLowerCase().endsWith('.png') ? 'png' : 'svg', bytes })
  }
  const targets = await readTargets(path, value.targets ?? [])
  const { issuer, address, prefix = 'JC', language = 'en', zoneMinutes = 0, time = 'independent' } = value
  const { texts = {}, follow = [], account = null } = value
  return { issuer, address, prefix, language, zoneMinutes, time, texts, logos, targets, follow, account }
}

/** The further networks with their files. */
async function readTargets(path: string, given: readonly GivenTarget[]): Promise<ProfileTarget[]> {
  const targets: ProfileTarget[] = []
  for (const { name, url, apiKeyFile, trustFile, trustFingerprint, required = true } of given) {
    if (targets.some((other) => other.name === name)) {
      throw new ConfigError('config-invalid', `the profile ${path} names the network ${name} twice`)
    }
    const trust = Buffer.from(await readBounded(besideProfile(path, trustFile), trustBytesMax)).toString()
    const apiKey = async (): Promise<string> =>
      Buffer.from(await readBounded(besideProfile(path, apiKeyFile), keyBytesMax))
        .toString()
        .trim()
    await apiKey()
    targets.push({ name, url, apiKey, trust, trustFingerprint, required })
  }
  return targets
}

const besideProfile = (path: string, name: string): string => resolve(dirname(path), name)

async function readBounded(path: string, bytesMax: number): Promise<Bytes> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new ConfigError('config-invalid', `${path}, which the profile needs, cannot be read`, { cause })
  }
  if (bytes.length > bytesMax) throw new ConfigError('config-invalid', `${path} has more than ${bytesMax} bytes`)
  return new Uint8Array(bytes)
}
