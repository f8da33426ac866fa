/**
 * The verdict on a certificate, or on another PDF, on the page: the file, every signature, and every receipt in it.
 * @module
 */
import { pdfReportOf } from '../pdf/report.ts'
import type { PdfVerdict } from '../pdf/verifyPdf.ts'
import type { ReportState } from '../report.ts'
import { element } from './element.ts'
import { receiptView } from './packageView.ts'
import type { Speech } from './speech.ts'
import { frame, type Shown, stepsView } from './verdictView.ts'

/** What the verdict was reached with. */
export interface ShownCertificate extends Pick<Shown, 'confirmed'> {
  readonly verdict: PdfVerdict
}

const states: Readonly<Record<PdfVerdict['summary'], ReportState>> = {
  verified: 'valid',
  failed: 'invalid',
  incomplete: 'unchecked',
}

/** The verdict in the present language. */
export function certificateView({ verdict, confirmed }: ShownCertificate, speech: Speech): HTMLElement {
  const { headline, steps, signatures, receipts } = pdfReportOf(verdict, speech.say)
  const signed = signatures.flatMap(({ title, reason, steps: own }) => [
    element('h3', {}, title),
    ...(reason === null ? [] : [element('p', {}, reason)]),
    stepsView(own, speech),
  ])
  const views = receipts.map((each, at) => receiptView(each, verdict.receipts[at]?.verdict ?? null, speech, true))
  const caveats = verdict.summary === 'verified' ? (receipts[0]?.report.caveats.slice(0, 1) ?? []) : []
  return frame(
    { state: states[verdict.summary], headline, caveats, confirmed, document: verdict },
    speech,
    element('h3', {}, speech.say('verify.step.file')),
    stepsView(steps, speech),
    ...signed,
    ...(views.length === 0 ? [] : [element('h3', {}, speech.say('page.certificateReceipts', { count: views.length }))]),
    ...views,
  )
}
