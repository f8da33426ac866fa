/**
 * What the public page has beside the offline file: the receipt of the deposit or certificate in its address, the digest in its link, and
 * the node's trust file on demand.
 * @module
 */
import { toHex } from '@jurat/core/bytes'
import type { StatedDigest } from '../original.ts'
import { element } from './element.ts'
import { certificateSection } from './certificateSection.ts'
import { askReceipt, askTrust, certificateOf, depositOf } from './ownNode.ts'
import type { Slots } from './slots.ts'
import type { Speech, SpeechKey } from './speech.ts'

/** What the section stands on. */
interface NodeSectionOptions {
  readonly speech: Speech
  readonly slots: Slots
  /** The digest in the link; undefined when something else stands there. */
  readonly stated: StatedDigest | null | undefined
  /** The digest in the link is that of no original. */
  readonly unstate: () => void
}

/** The section; it asks for the receipt at once. */
export function nodeSection({ speech, slots, stated, unstate }: NodeSectionOptions): HTMLElement {
  const status = element('p', { role: 'status' })
  let said: readonly [SpeechKey, Readonly<Record<string, string>>] | null = null
  const say = (key: SpeechKey | null, values: Readonly<Record<string, string>> = {}): void => {
    said = key === null ? null : [key, values]
    status.textContent = said === null ? '' : speech.say(...said)
  }
  speech.always(() => say(said?.[0] ?? null, said?.[1]))
  const take = speech.on(element('button', { type: 'button', 'aria-describedby': 'take-hint' }), 'page.takeTrust')
  take.addEventListener('click', () => {
    askTrust().then(
      (file) => slots.set('trust', { ...file, fromNode: true }),
      (error: unknown) => say('page.noAnswer', { reason: String(error) }),
    )
  })
  const number = depositOf(location.pathname)
  if (number !== null) void fetchReceipt(number, slots, say)
  const certificate = certificateOf(location.pathname)
  const alone = (deposit: string): void => void fetchReceipt(deposit, slots, say)
  return element(
    'div',
    { class: 'node' },
    ...(number === null ? [] : [speech.on(element('p', { class: 'number' }), 'page.deposit', { number })]),
    ...(certificate === null ? [] : [certificateSection({ speech, number: certificate, alone, several: unstate })]),
    ...(stated === null ? [] : [statedView(speech, stated)]),
    status,
    take,
    speech.on(element('p', { class: 'detail', id: 'take-hint' }), 'page.takeTrustHint'),
  )
}

function statedView(speech: Speech, stated: StatedDigest | undefined): HTMLElement {
  const view = element('p', { class: 'number' })
  if (stated === undefined) return speech.on(view, 'page.statedWrong')
  return speech.on(view, 'page.stated', { digest: toHex(stated.digest) })
}

async function fetchReceipt(
  number: string,
  slots: Slots,
  say: (key: SpeechKey | null, values?: Readonly<Record<string, string>>) => void,
): Promise<void> {
  say('page.asking')
  const answer = await askReceipt(number)
  if (answer.kind === 'receipt') {
    say(null)
    slots.set('receipt', { ...answer.file, fromNode: true })
  } else if (answer.kind === 'silent') say('page.noAnswer', { reason: answer.reason })
  else say(answer.kind === 'missing' ? 'page.noDeposit' : 'page.notCovered')
}
