/**
 * A verdict for people: the sentence, every step, who signed, and what it does not prove.
 * @module
 */
import type { Step, Verdict } from '@jurat/verify/verdict'
import type { Context } from './context.ts'

const marks: Readonly<Record<Step['state'], string>> = { passed: '✔', failed: '✘', absent: '–' }

/** The lines of a verdict. The first says everything that a hurried reader needs. */
export function verdictLines(context: Context, verdict: Verdict): string[] {
  return [
    headline(context, verdict),
    '',
    ...verdict.steps.map((step) => stepLine(context, step)),
    '',
    ...facts(context, verdict),
    '',
    context.say('cli.verify.notProven'),
  ]
}

function headline(context: Context, { summary, unchangedSince }: Verdict): string {
  if (summary !== 'verified') return context.say(`cli.verify.${summary}`)
  if (unchangedSince === null) return context.say('cli.verify.verifiedWithoutTime')
  const time = new Date(unchangedSince.timeMs).toISOString()
  return context.say('cli.verify.unchanged', { time, source: context.say(`verify.source.${unchangedSince.source}`) })
}

function stepLine(context: Context, step: Step): string {
  const name = context.say(`verify.step.${step.name}`)
  const required = step.state === 'absent' && step.required ? ` ${context.say('cli.verify.required')}` : ''
  return `${marks[step.state]} ${name}${required}${step.detail === '' ? '' : `: ${step.detail}`}`
}
