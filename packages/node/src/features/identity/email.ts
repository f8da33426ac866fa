/**
 * A code by e-mail: whoever reads letters to an address sends it back. The code is kept as a keyed hash only.
 * docs/operating/identity.md.
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { fromHex } from '@jurat/core/bytes'
import { message } from '@jurat/verify/messages/message'
import { IdentityRefusal, type IdentityProvider, onlyFields, required } from './provider.ts'

/** Longest address, in characters (RFC 5321, 4.5.3.1.3, less the brackets). */
export const addressCharactersMax = 254

/** Digits of a code, answers that are judged, and how long it counts. */
export const codeDigits = 8
const attemptsMax = 5
const lifeMinutes = 15

/** A letter. */
export interface Letter {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** What this provider stands on. */
export interface EmailOptions {
  /** Sends a letter. Throws when the mail server did not take it. */
  readonly send: (letter: Letter) => Promise<void>
  /** So many random digits. */
  readonly randomDigits: (count: number) => string
  /** 32 bytes. */
  readonly codeKey: Uint8Array
  /** Name of the network, for the letter. */
  readonly network: string
}

/** The provider. */
export function emailProvider({ send, randomDigits, codeKey, network }: EmailOptions): IdentityProvider {
  const hashOf = (id: string, code: string): string =>
    createHmac('sha256', codeKey).update(`${id}\n${code}`).digest('hex')
  return {
    name: 'email',
    level: 'contact',
    lifeMs: lifeMinutes * 60_000,
    attemptsMax,
    async begin({ id, language }, input) {
      onlyFields(input, ['email'])
      const email = addressIn(required(input, 'email'))
      const code = randomDigits(codeDigits)
      const values = { code, network, minutes: lifeMinutes }
      const subject = message(language, 'identity.letter.subject', values)
      try {
        await send({ to: email, subject, text: message(language, 'identity.letter.text', values) })
      } catch (cause) {
        throw new IdentityRefusal('mail-failed', {}, { cause })
      }
      return { shown: {}, kept: { email, codeHash: hashOf(id, code) } }
    },
    judge({ id }, { email = '', codeHash = '' }, answer) {
      onlyFields(answer, ['code'])
      const given = fromHex(hashOf(id, required(answer, 'code').replaceAll(/[\s-]/g, '')))
      if (!timingSafeEqual(given, fromHex(codeHash))) throw new IdentityRefusal('code-wrong')
      return { fields: { email }, untilMs: null }
    },
  }
}

/**
 * An address: a plain local part, and a domain name. Quoted local parts, comments, lists and address literals are not taken:
 * mail programs read them in different ways. @throws {IdentityRefusal}
 */
function addressIn(text: string): string {
  const [, local = '', domain = ''] =
    /^([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([A-Za-z0-9.-]{1,190})$/.exec(text) ?? []
  const labels = domain.split('.')
  const isDomain =
    labels.length > 1 && labels.every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label))
  const isLocal = local !== '' && !local.startsWith('.') && !local.endsWith('.') && !local.includes('..')
  if (!isDomain || !isLocal || text.length > addressCharactersMax) {
    throw new IdentityRefusal('field-malformed', { field: 'email' })
  }
  return text
}
