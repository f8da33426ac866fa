/**
 * A verdict on the page: state and sentence, every step with its own outcome, what is known, what was not shown.
 * @module
 */
import { type Fact, type ReportState, type ReportStep, reportOf } from '../report.ts'
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
  const { say } = speech
  const { state, headline, steps, facts, caveats } = reportOf(verdict, say)
  const confirmation = confirmed === null ? [] : [say(confirmed ? 'page.confirmed' : 'page.unconfirmed')]
  return element(
    'div',
    { class: `verdict ${state}`, 'data-state': state },
    element('p', { class: 'state' }, mark(stateMarks[state]), say(`page.state.${state}`)),
    element('p', { class: 'headline' }, headline),
    ...caveats.map((caveat) => element('p', { class: 'caveat' }, caveat)),
    ...confirmation.map((text) => element('p', { class: 'caveat' }, text)),
    element('h3', {}, say('page.steps')),
    element('ol', { class: 'steps' }, ...steps.map((step) => stepView(step, speech))),
    element('h3', {}, say('page.facts')),
    element('ul', { class: 'facts' }, ...facts.map(factView)),
    ...metadataView(verdict, speech),
    element('div', { class: 'actions' }, printButton(speech), saveButton(verdict, speech)),
  )
}

function stepView({ name, state, wanted, title, reason }: ReportStep, { say }: Speech): HTMLElement {
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

function metadataView({ metadata }: Verdict, { say }: Speech): HTMLElement[] {
  if (metadata.length === 0) return []
  const rows = metadata.flatMap(({ name, value }) => [element('dt', {}, name), element('dd', {}, value)])
  return [element('h3', {}, say('page.metadata')), element('dl', {}, ...rows)]
}

const mark = (text: string): HTMLElement => element('span', { class: 'mark', 'aria-hidden': 'true' }, text)

function printButton({ say }: Speech): HTMLElement {
  const button = element('button', { type: 'button' }, say('page.print'))
  button.addEventListener('click', () => window.print())
  return button
}

/** The same document as `jurat verify --json` gives. */
function saveButton(verdict: Verdict, { say }: Speech): HTMLElement {
  const button = element('button', { type: 'button' }, say('page.save'))
  button.addEventListener('click', () => {
    const text = `${JSON.stringify(verdict, null, 2)}\n`
    const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
    element('a', { href: address, download: 'verdict.json' }).click()
    URL.revokeObjectURL(address)
  })
  return button
}
