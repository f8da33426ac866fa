/**
 * The field for the trust file's fingerprint: what the reader was told over another way.
 * @module
 */
import { element } from './element.ts'
import type { Speech } from './speech.ts'

/** The field. */
export class FingerprintField {
  readonly view: HTMLElement
  readonly #speech: Speech
  readonly #input = element('input', {
    id: 'fingerprint',
    type: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'fingerprint-hint fingerprint-complaint',
  })
  readonly #complaint = element('p', { class: 'complaint', id: 'fingerprint-complaint', role: 'alert' })

  /** @param changed - told when the reader has typed another one. */
  constructor(speech: Speech, changed: () => void) {
    this.#speech = speech
    this.#input.addEventListener('change', () => {
      this.#show()
      changed()
    })
    speech.always(() => this.#show())
    this.view = element(
      'div',
      { class: 'field' },
      speech.on(element('label', { for: 'fingerprint' }), 'page.fingerprint'),
      speech.on(element('p', { class: 'detail', id: 'fingerprint-hint' }), 'page.fingerprintHint'),
      this.#input,
      this.#complaint,
    )
  }

  /** Whether something stands there that is no fingerprint: then nothing is verified. */
  get wrong(): boolean {
    return this.#typed !== '' && this.value === null
  }

  /** The fingerprint, 64 hexadecimal digits; null when there is none. */
  get value(): string | null {
    return /^[0-9a-f]{64}$/u.test(this.#typed) ? this.#typed : null
  }

  /** People copy it in groups, and in capitals. */
  get #typed(): string {
    return this.#input.value.replaceAll(/[\s:-]/gu, '').toLowerCase()
  }

  #show(): void {
    this.#input.setAttribute('aria-invalid', String(this.wrong))
    this.#complaint.textContent = this.wrong ? this.#speech.say('page.fingerprintWrong') : ''
  }
}
