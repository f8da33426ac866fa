/**
 * A verdict for people: the sentence, every step, who signed, and what it does not prove.
 * @module
 */
import type { Signatory, Step, Verdict } from '@jurat/verify/verdict'
import type { Context } from './context.ts'

const marks: Readonly<Record<Step['state'], string>> = { passed: '✔', failed: '✘', absent: '–' }

const isoTime = (timeMs: number): string => new Date(timeMs).toISOString()

/** The lines of a verdict. The first says everything that a hurried reader needs. */
export function verdictLines(context: Context, verdict: Verdict): string[] {
  return [
    headline(context, verdict),
    '',
    ...verdict.steps.map((step) => stepLine(context, step)),
    '',
    ...facts(context, verdict),
    // The sentence says what was shown and what was not: nothing was shown unless the verdict is that it holds.
    ...(verdict.summary === 'verified' ? ['', context.say('cli.verify.notProven')] : []),
  ]
}

function headline(context: Context, { summary, unchangedSince }: Verdict): string {
  if (summary !== 'verified') return context.say(`cli.verify.${summary}`)
  if (unchangedSince === null) return context.say('cli.verify.verifiedWithoutTime')
  const { timeMs, source } = unchangedSince
  return context.say('cli.verify.unchanged', { time: isoTime(timeMs), source: context.say(`verify.source.${source}`) })
}

function stepLine(context: Context, { name, state, required, code, values }: Step): string {
  const wanted = state === 'absent' && required ? ` ${context.say('cli.verify.required')}` : ''
  const reason = context.say(`verify.code.${code}`, values)
  return `${marks[state]} ${context.say(`verify.step.${name}`)}${wanted}: ${reason}`
}

function facts(context: Context, verdict: Verdict): string[] {
  const { metadata, recordedAtMs, network, trustFingerprint, signedByOperator } = verdict
  const lines = metadata.map((field) => `${field.name} = ${field.value}`)
  if (recordedAtMs !== null) lines.push(context.say('cli.verify.recordedAt', { time: isoTime(recordedAtMs) }))
  if (signedByOperator !== null) {
    lines.push(context.say(signedByOperator ? 'cli.verify.signedByOperator' : 'cli.verify.signedByDepositor'))
  }
  lines.push(...signatoryLines(context, verdict))
  if (network !== null) lines.push(context.say('cli.verify.network', { network }))
  lines.push(
    trustFingerprint === null
      ? context.say('cli.verify.noTrust')
      : context.say('cli.verify.trust', { fingerprint: trustFingerprint }),
  )
  return lines
}

function signatoryLines(context: Context, verdict: Verdict): string[] {
  const { signatories, threshold, network, outsideWitnesses } = verdict
  if (network === null || threshold === null) return []
  if (threshold === 0) return [context.say('cli.verify.noWitness')]
  const signed = (all: readonly Signatory[]): number => all.filter(({ timeMs }) => timeMs !== null).length
  const lineOf = ({ name, timeMs }: Signatory): string =>
    `  ${name}  ${timeMs === null ? context.say('cli.verify.didNotSign') : isoTime(timeMs)}`
  const lines = [
    context.say('cli.verify.members', { signed: signed(signatories), all: signatories.length, threshold }),
    ...signatories.map(lineOf),
  ]
  if (outsideWitnesses.length === 0) return lines
  const counts = { signed: signed(outsideWitnesses), all: outsideWitnesses.length }
  return [...lines, context.say('cli.verify.outside', counts), ...outsideWitnesses.map(lineOf)]
}
