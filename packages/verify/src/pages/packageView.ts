/**
 * The verdict on a package on the page: the container, and every receipt in it with all its steps.
 * @module
 */
import { packageReportOf, type ReceiptReport } from '../package/report.ts'
import type { PackageVerdict } from '../package/verifyPackage.ts'
import type { Verdict } from '../verdict.ts'
import { element } from './element.ts'
import type { Speech } from './speech.ts'
import { frame, reportViews, type Shown, stateViews, stepsView } from './verdictView.ts'

/** Receipts of a package that are shown open; of more, those that are valid wait to be opened. */
const openReceiptsMax = 3

/** What the verdict was reached with. */
export interface ShownPackage extends Pick<Shown, 'confirmed'> {
  readonly verdict: PackageVerdict
}

/** The verdict in the present language. */
export function packageView({ verdict, confirmed }: ShownPackage, speech: Speech): HTMLElement {
  const { say } = speech
  const { state, headline, steps, receipts } = packageReportOf(verdict, say, speech.language)
  const isOpen = (report: ReceiptReport['report']): boolean =>
    receipts.length <= openReceiptsMax || report?.state !== 'valid'
  const views = receipts.map(({ name, report }, at) =>
    receiptView({ name, report }, verdict.receipts[at]?.verdict ?? null, speech, isOpen(report)),
  )
  const [one] = receipts.flatMap(({ report }) => report?.caveats ?? [])
  const caveats = state === 'valid' && one !== undefined ? [one] : []
  return frame(
    { state, headline, caveats, confirmed, document: verdict },
    speech,
    element('h3', {}, say('page.container')),
    stepsView(steps, speech),
    element('h3', {}, say('page.receipts', { count: receipts.length })),
    ...views,
  )
}

/** A receipt that opens and closes. */
export function receiptView(
  { name, report }: ReceiptReport,
  verdict: Verdict | null,
  speech: Speech,
  isOpen: boolean,
): HTMLElement {
  const state = report?.state ?? 'unchecked'
  const title = element('h4', {}, element('span', { class: 'state' }, ...stateViews(state, speech)), ' ', name)
  const said = report === null || verdict === null ? [] : reportViews(report, verdict, speech, 'h5')
  return element(
    'details',
    { class: `receipt ${state}`, 'data-receipt': name, 'data-state': state, ...(isOpen && { open: '' }) },
    element('summary', {}, title),
    element('p', { class: 'headline' }, report?.headline ?? speech.say('verdict.package.noReceipt')),
    ...said,
  )
}
