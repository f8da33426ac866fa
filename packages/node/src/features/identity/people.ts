/**
 * What is asked of persons and enterprises: the fields of real-name authentication as the Chinese courts' notary interfaces
 * name them, and the check digits of their numbers. docs/spec/identity-statement.md, Fields.
 * @module
 */
import { IdentityRefusal, onlyFields, required, type Texts } from './provider.ts'

/** Longest name, in characters. */
export const personNameCharactersMax = 128

const personFields = ['certName', 'certType', 'certNo', 'mobileNo'] as const
const enterpriseFields = [...personFields, 'legalPerson', 'legalPersonId', 'agent', 'agentId'] as const

/** The fields of a person or an enterprise, checked as far as they can be without asking anybody. @throws {IdentityRefusal} */
export function readPerson(input: Texts, userType: 'PERSON' | 'ENTERPRISE'): Texts {
  const isPerson = userType === 'PERSON'
  onlyFields(input, isPerson ? personFields : enterpriseFields)
  const certType = required(input, 'certType')
  const types = isPerson ? ['IDENTITY_CARD'] : ['UNIFIED_SOCIAL_CREDIT_CODE', 'ENTERPRISE_REGISTERED_NUMBER']
  if (!types.includes(certType)) throw malformed('certType')
  const fields: Record<string, string> = {
    userType,
    certName: nameIn(input, 'certName'),
    certType,
    certNo: numberIn(input, 'certNo', certType),
  }
  if (!isPerson) {
    fields['legalPerson'] = nameIn(input, 'legalPerson')
    fields['legalPersonId'] = numberIn(input, 'legalPersonId', 'IDENTITY_CARD')
    if (input['agent'] !== undefined || input['agentId'] !== undefined) {
      fields['agent'] = nameIn(input, 'agent')
      fields['agentId'] = numberIn(input, 'agentId', 'IDENTITY_CARD')
    }
  }
  const { mobileNo } = input
  if (mobileNo !== undefined) {
    if (!/^\+?[0-9]{6,15}$/.test(mobileNo)) throw malformed('mobileNo')
    fields['mobileNo'] = mobileNo
  }
  return fields
}

const malformed = (field: string): IdentityRefusal => new IdentityRefusal('field-malformed', { field })

function nameIn(input: Texts, field: string): string {
  const name = required(input, field).normalize('NFC').trim()
  // Letters of any script, and the marks, points and spaces that stand in names; no sign that turns or hides others.
  if (name.length > personNameCharactersMax || !/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(name)) throw malformed(field)
  return name
}

function numberIn(input: Texts, field: string, type: string): string {
  const number = required(input, field)
  if (type === 'ENTERPRISE_REGISTERED_NUMBER') {
    if (!/^[0-9]{13,15}$/.test(number)) throw malformed(field)
    return number
  }
  const isCard = type === 'IDENTITY_CARD'
  if (!(isCard ? /^[0-9]{17}[0-9X]$/ : /^[0-9A-HJ-NPQRTUWXY]{18}$/).test(number)) throw malformed(field)
  if (!(isCard ? isIdentityCard(number) : isCreditCode(number))) throw new IdentityRefusal('field-check', { field })
  return number
}

/** Check digit of an identity card number (GB 11643-1999): ISO 7064, MOD 11-2. */
function isIdentityCard(number: string): boolean {
  let sum = 0
  for (const [at, sign] of number.split('').entries()) sum += (sign === 'X' ? 10 : Number(sign)) * (2 ** (17 - at) % 11)
  return sum % 11 === 1
}

const creditSigns = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** Check sign of a unified social credit code (GB 32100-2015): weights are powers of 3, modulo 31. */
function isCreditCode(code: string): boolean {
  let sum = 0
  let weight = 1
  for (const sign of code.slice(0, -1)) {
    sum += creditSigns.indexOf(sign) * weight
    weight = (weight * 3) % 31
  }
  return creditSigns[(31 - (sum % 31)) % 31] === code.at(-1)
}
