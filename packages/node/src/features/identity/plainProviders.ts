/**
 * Providers that ask nobody: a declaration, which is no more than that; and the sandbox, which has the form of a real-name service
 * (fields, confirmation by a code, refusal) and is worth nothing. docs/operating/identity.md.
 * @module
 */
import { timingSafeEqual } from 'node:crypto'
import { fromText } from '@jurat/core/bytes'
import { readPerson } from './people.ts'
import { IdentityRefusal, type IdentityProvider, onlyFields, required } from './provider.ts'

const minuteMs = 60_000

/** The name in certificates for which the sandbox refuses, so that a refusal can be tried. */
export const refusedName = 'REFUSED'

/** What the holder says, and nobody looks at. */
export const declarationProvider: IdentityProvider = {
  name: 'declaration',
  level: 'declared',
  lifeMs: 10 * minuteMs,
  attemptsMax: 3,
  begin: () => ({ shown: {}, kept: {} }),
  judge(_subject, _kept, answer) {
    const { userType, ...input } = answer
    const type = userType ?? 'PERSON'
    if (type !== 'PERSON' && type !== 'ENTERPRISE') throw new IdentityRefusal('field-malformed', { field: 'userType' })
    const said = Object.keys(input).some((name) => name !== 'certName')
    // A name alone may be declared; whoever declares numbers declares them whole.
    if (said) return { fields: readPerson(input, type), untilMs: null }
    const certName = required(input, 'certName').normalize('NFC').trim()
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,128}$/u.test(certName)) {
      throw new IdentityRefusal('field-malformed', { field: 'certName' })
    }
    return { fields: { userType: type, certName }, untilMs: null }
  },
}

/** The sandbox. @param randomCode - six digits, which a real service would send to a telephone */
export function sandboxProvider(userType: 'PERSON' | 'ENTERPRISE', randomCode: () => string): IdentityProvider {
  return {
    name: userType === 'PERSON' ? 'sandbox-person' : 'sandbox-enterprise',
    level: 'sandbox',
    lifeMs: 10 * minuteMs,
    attemptsMax: 3,
    begin(_subject, input) {
      const fields = readPerson(input, userType)
      if (fields['certName'] === refusedName) throw new IdentityRefusal('login-refused', { reason: 'sandbox' })
      const code = randomCode()
      return { shown: { sandbox: 'nobody is asked', code }, kept: { ...fields, code } }
    },
    judge(_subject, kept, answer) {
      onlyFields(answer, ['code'])
      const { code = '', ...fields } = kept
      if (!isSameText(required(answer, 'code'), code)) throw new IdentityRefusal('code-wrong')
      return { fields, untilMs: null }
    },
  }
}

/** Whether two texts are equal, in a time that only depends on their lengths. */
export function isSameText(one: string, other: string): boolean {
  const [a, b] = [fromText(one), fromText(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
