/**
 * A verdict on the page: state and sentence, every step with its own outcome, what is known, what was not shown.
 * @module
 */
import { type Fact, type Report, type ReportState, type ReportStep, reportOf } from '../report.ts'
import type { StepState, Verdict } from '../verdict.ts'
import { element } from './element.ts'
import type { Speech } from './speech.ts'

/** Marks beside the words, which say the same. */
const stateMarks: Readonly<Record<ReportState, string>> = { valid: '✔', invalid: '✘', pending: '◔', unchecked: '?' }
const stepMarks: Readonly<Record<StepState, string>> = { passed: '✔', failed: '✘', absent: '–' }

/** What the verdict was reached with. */
export interface Shown {
  readonly verdict: Verdict
  /** Whether the reader typed the fingerprint of the trust file; null when there was no trust file. */
  readonly confirmed: boolean | null
}

/** The verdict in the present language. */
export function verdictView({ verdict, confirmed }: Shown, speech: Speech): HTMLElement {
  const report = reportOf(verdict, speech.say)
  return frame({ ...report, confirmed, document: verdict }, speech, ...reportViews(report, verdict, speech, 'h3'))
}

/** What frames every verdict. */
export interface Frame extends Pick<Report, 'state' | 'headline'> {
  readonly caveats?: readonly string[]
  readonly confirmed: boolean | null
  /** What is saved: the document that the command prints. */
  readonly document: object
}

/** State and sentence above, buttons below. */
export function frame(
  { state, headline, caveats = [], confirmed, document }: Frame,
  speech: Speech,
  ...views: readonly HTMLElement[]
): HTMLElement {
  const { say } = speech
  const confirmation = confirmed === null ? [] : [say(confirmed ? 'page.confirmed' : 'page.unconfirmed')]
  return element(
    'div',
    { class: `verdict ${state}`, 'data-state': state },
    element('p', { class: 'state' }, ...stateViews(state, speech)),
    element('p', { class: 'headline' }, headline),
    ...[...caveats, ...confirmation].map((text) => element('p', { class: 'caveat' }, text)),
    ...views,
    element('div', { class: 'actions' }, printButton(speech), saveButton(document, speech)),
  )
}

/** A state: its mark and its words. */
export const stateViews = (state: ReportState, { say }: Speech): [HTMLElement, string] => [
  mark(stateMarks[state]),
  say(`page.state.${state}`),
]

/** What a report of a receipt says below its sentence, under headings of this level. */
export function reportViews(
  { steps, facts }: Report,
  { metadata }: Verdict,
  speech: Speech,
  level: 'h3' | 'h5',
): HTMLElement[] {
  const { say } = speech
  return [
    element(level, {}, say('page.steps')),
    stepsView(steps, speech),
    element(level, {}, say('page.facts')),
    element('ul', { class: 'facts' }, ...facts.map(factView)),
    ...metadataView(metadata, speech, level),
  ]
}

/** A list of steps. */
export const stepsView = (
  steps: readonly (Omit<ReportStep, 'name'> & { readonly name: string })[],
  speech: Speech,
): HTMLElement => element('ol', { class: 'steps' }, ...steps.map((step) => stepView(step, speech)))

function stepView(
  { name, state, wanted, title, reason }: Omit<ReportStep, 'name'> & { readonly name: string },
  { say }: Speech,
): HTMLElement {
  const outcome = `${say(`page.step.${state}`)}${wanted ? ` ${say('verdict.required')}` : ''}`
  return element(
    'li',
    { class: state, 'data-step': name, 'data-state': state },
    mark(stepMarks[state]),
    element('div', {}, element('strong', {}, title), ' ', element('span', { class: 'outcome' }, outcome)),
    element('div', { class: 'detail' }, reason),
  )
}

function factView({ text, list }: Fact): HTMLElement {
  const items = list.map(({ name, value }) => element('li', {}, `${name}  ${value}`))
  return element('li', {}, text, ...(items.length === 0 ? [] : [element('ul', {}, ...items)]))
}

function metadataView(metadata: Verdict['metadata'], { say }: Speech, level: 'h3' | 'h5'): HTMLElement[] {
  if (metadata.length === 0) return []
  const rows = metadata.flatMap(({ name, value }) => [element('dt', {}, name), element('dd', {}, value)])
  return [element(level, {}, say('page.metadata')), element('dl', {}, ...rows)]
}

const mark = (text: string): HTMLElement => element('span', { class: 'mark', 'aria-hidden': 'true' }, text)

function printButton({ say }: Speech): HTMLElement {
  const button = element('button', { type: 'button' }, say('page.print'))
  button.addEventListener('click', () => window.print())
  return button
}

/** The same document as `jurat verify --json` gives. */
function saveButton(verdict: object, { say }: Speech): HTMLElement {
  const button = element('button', { type: 'button' }, say('page.save'))
  button.addEventListener('click', () => {
    const text = `${JSON.stringify(verdict, null, 2)}\n`
    const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
    element('a', { href: address, download: 'verdict.json' }).click()
    URL.revokeObjectURL(address)
  })
  return button
}
