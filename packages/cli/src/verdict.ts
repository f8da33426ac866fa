/**
 * A verdict for people, as lines: the sentence, every step, who signed, and what it does not prove.
 * @module
 */
import { packageReportOf } from '@jurat/verify/package/report'
import type { PackageVerdict } from '@jurat/verify/package/verifyPackage'
import { pdfReportOf } from '@jurat/verify/pdf/report'
import type { PdfVerdict } from '@jurat/verify/pdf/verifyPdf'
import type { RecordStep, RecordVerdict } from '@jurat/verify/records/verifyRecord'
import { type ReportStep, reportOf } from '@jurat/verify/report'
import type { Values, Verdict } from '@jurat/verify/verdict'
import type { Context } from './context.ts'

const marks: Readonly<Record<ReportStep['state'], string>> = { passed: '✔', failed: '✘', absent: '–' }

/** The lines of a verdict. The first says everything that a hurried reader needs. */
export function verdictLines(context: Context, verdict: Verdict): string[] {
  const { headline, steps, facts, caveats } = reportOf(verdict, (key, values) => context.say(key, values))
  return [
    headline,
    '',
    ...steps.map((step) => stepLine(context, step)),
    '',
    ...verdict.metadata.map(({ name, value }) => `${name} = ${value}`),
    ...facts.flatMap(({ text, list }) => [text, ...list.map(({ name, value }) => `  ${name}  ${value}`)]),
    ...caveats.flatMap((caveat) => ['', caveat]),
  ]
}

/** The lines of a package's verdict: those of the container, then of each receipt. */
export function packageLines(context: Context, verdict: PackageVerdict): string[] {
  const { headline, steps } = packageReportOf(verdict, (key, values) => context.say(key, values), context.language)
  const each = verdict.receipts.flatMap(({ name, verdict: one }) => [
    '',
    `${name}:`,
    ...(one === null ? [context.say('verdict.package.noReceipt')] : verdictLines(context, one)).map(indented),
  ])
  return [headline, '', ...steps.map((step) => stepLine(context, step)), ...each]
}

/** The lines of the verdict on a PDF: those of the file, then of each signature and each receipt. */
export function pdfLines(context: Context, verdict: PdfVerdict): string[] {
  const { headline, steps, signatures } = pdfReportOf(verdict, (key, values) => context.say(key, values))
  const said = signatures.flatMap(({ title, reason, steps: own }) => [
    '',
    title,
    ...[...(reason === null ? [] : [reason]), ...own.map((step) => stepLine(context, step))].map(indented),
  ])
  const receipts = verdict.receipts.flatMap(({ name, verdict: one }) => [
    '',
    `${name}:`,
    ...verdictLines(context, one).map(indented),
  ])
  return [headline, '', ...steps.map((step) => stepLine(context, step)), ...said, ...receipts]
}

/** The lines of an evidence record's verdict. */
export function recordLines(context: Context, { summary, steps, sinceMs }: RecordVerdict): string[] {
  const time = sinceMs === null ? '' : new Date(sinceMs).toISOString()
  const lines = steps.map(({ name, state, code, values }) => {
    const named = code === 'depends' ? { step: context.say(`verify.step.${dependedOn(values)}`) } : values
    const [title, reason] = [context.say(`verify.step.${name}`), context.say(`verify.code.${code}`, named)]
    return stepLine(context, { state, wanted: state === 'absent', title, reason })
  })
  return [context.say(`verdict.record.${summary}`, { time }), '', ...lines]
}

const dependedOn = ({ step }: Values): RecordStep['name'] => step as RecordStep['name']

const indented = (line: string): string => (line === '' ? '' : `  ${line}`)

function stepLine(context: Context, { state, wanted, title, reason }: Omit<ReportStep, 'name'>): string {
  return `${marks[state]} ${title}${wanted ? ` ${context.say('verdict.required')}` : ''}: ${reason}`
}
