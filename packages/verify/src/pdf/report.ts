/**
 * The verdict on a PDF for people, in their language: the sentence, the steps of the file, of every signature and of every receipt.
 * @module
 */
import { type Report, reportOf, type ReportStep, type Say } from '../report.ts'
import type { StepResult } from '../steps.ts'
import type { PdfVerdict } from './verifyPdf.ts'

/** One step. */
export type PdfReportStep = Omit<ReportStep, 'name'> & { readonly name: string }

/** What is said of a signature. */
export interface SignatureReport {
  readonly title: string
  readonly reason: string | null
  readonly steps: readonly PdfReportStep[]
}

/** The report. */
export interface PdfReport {
  readonly headline: string
  readonly steps: readonly PdfReportStep[]
  readonly signatures: readonly SignatureReport[]
  readonly receipts: readonly { readonly name: string; readonly report: Report }[]
}

/** The report of a verdict. */
export function pdfReportOf({ summary, steps, signatures, receipts }: PdfVerdict, say: Say): PdfReport {
  return {
    headline: say(`verdict.pdf.${summary}`, { signatures: signatures.length, count: receipts.length }),
    steps: steps.map((step) => reportStep(step, say)),
    signatures: signatures.map(({ field, kind, reason, steps: own }) => ({
      title: say(`verdict.pdf.${kind}`, { field }),
      reason: reason === null ? null : say('verdict.pdf.reason', { reason: plain(reason) }),
      steps: own.map((step) => reportStep(step, say)),
    })),
    receipts: receipts.map(({ name, verdict }) => ({ name, report: reportOf(verdict, say) })),
  }
}

/** A claim of a stranger, without what could turn the line around or end it. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}').slice(0, 256)

type NamedStep = StepResult & {
  readonly name: PdfVerdict['steps'][number]['name'] | 'signed' | 'unchanged' | 'signer' | 'revocation' | 'signed-at'
}

function reportStep({ name, state, code, values }: NamedStep, say: Say): PdfReportStep {
  const shown =
    code === 'depends'
      ? {
          step: say(
            `verify.step.${values['step'] === 'file' ? 'file' : values['step'] === 'signer' ? 'signer' : 'signed'}`,
          ),
        }
      : values
  return { name, state, wanted: false, title: say(`verify.step.${name}`), reason: say(`verify.code.${code}`, shown) }
}
