/**
 * The files that the reader gives: one slot for each role, a place to drop any of them, and the fingerprint.
 * @module
 */
import { element } from './element.ts'
import { recognise, type Role, roleBytesMax, roles } from './recognise.ts'
import type { Speech } from './speech.ts'

/** A file in a slot. */
export interface Given {
  readonly name: string
  readonly blob: Blob
  /** Whether it came from the node and not from the reader. */
  readonly fromNode: boolean
}

/** The slots and what is in them. */
export class Slots {
  readonly view: HTMLElement
  readonly #speech: Speech
  readonly #changed: () => void
  readonly #given = new Map<Role, Given>()
  readonly #showers: (() => void)[] = []
  readonly #complaint = element('p', { class: 'complaint', role: 'alert' })

  /** @param changed - told after every change. */
  constructor(speech: Speech, changed: () => void) {
    this.#speech = speech
    this.#changed = changed
    const several = this.#picker((files) => void this.take(files), true)
    const drop = element('div', { class: 'drop' }, speech.on(element('p'), 'page.drop'), several)
    speech.always(() => name(several, speech.say('page.choose')))
    const list = element('ul', { class: 'slots' }, ...roles.map((role) => this.#slot(role)))
    this.view = element('div', {}, drop, this.#complaint, list)
    receiveDrops(drop, (files) => void this.take(files))
  }

  /** The file of a role. */
  file(role: Role): Given | null {
    return this.#given.get(role) ?? null
  }

  /** Puts files where they belong by their content, and then tells once. */
  async take(files: readonly File[]): Promise<void> {
    this.#complaint.textContent = ''
    for (const file of files) await this.#put(file)
    this.#changed()
  }

  /** Puts a file into a slot, or empties the slot. */
  set(role: Role, given: Given | null): void {
    this.#complaint.textContent = ''
    this.#fill(role, given)
    this.#changed()
  }

  #fill(role: Role, given: Given | null): void {
    if (given === null) this.#given.delete(role)
    else this.#given.set(role, given)
    for (const show of this.#showers) show()
  }

  async #put(file: File, claimed?: Role): Promise<void> {
    try {
      // Reads a byte: a folder, or a file that is gone, is found out now.
      await file.slice(0, 1).arrayBuffer()
      const role = claimed ?? (await recognise(file))
      const bytes = roleBytesMax[role]
      if (file.size <= bytes) this.#fill(role, { name: file.name, blob: file, fromNode: false })
      else this.#complain('page.tooBig', { name: file.name, bytes })
    } catch (error) {
      this.#complain('page.unreadable', { name: file.name, reason: String(error) })
    }
  }

  #complain(key: 'page.unreadable' | 'page.tooBig', values: Readonly<Record<string, string | number>>): void {
    this.#complaint.textContent = this.#speech.say(key, values)
  }

  #slot(role: Role): HTMLElement {
    const { say } = this.#speech
    const title = element('strong')
    const detail = element('span', { class: 'detail' })
    const pick = this.#picker(([file]) => {
      if (file !== undefined) void this.#put(file, role).then(this.#changed)
    }, false)
    const remove = element('button', { type: 'button' })
    remove.addEventListener('click', () => {
      this.set(role, null)
      pick.querySelector('input')?.focus()
    })
    const slot = element('li', { 'data-role': role }, element('div', {}, title, detail), pick, remove)
    const show = (): void => {
      const given = this.file(role)
      const what = say(`page.slot.${role}`)
      title.textContent = what
      detail.textContent = given === null ? say(`page.hint.${role}`) : this.#describe(given)
      slot.classList.toggle('given', given !== null)
      name(pick, say('page.pick', { what }))
      remove.textContent = say('page.remove', { what })
      remove.hidden = given === null
    }
    this.#showers.push(show)
    this.#speech.always(show)
    return slot
  }

  #describe({ name, blob, fromNode }: Given): string {
    const { say, language } = this.#speech
    const bytes = say('page.bytes', { bytes: blob.size.toLocaleString(language) })
    return [name, bytes, ...(fromNode ? [say('page.fromNode')] : [])].join(' · ')
  }

  /** A button that is a file input, so that keyboard and screen reader meet what they know. */
  #picker(picked: (files: readonly File[]) => void, multiple: boolean): HTMLLabelElement {
    const input = element('input', { type: 'file', ...(multiple && { multiple: '' }) })
    input.addEventListener('change', () => {
      picked([...(input.files ?? [])])
      // The same file may be chosen again after it was mended.
      input.value = ''
    })
    return element('label', { class: 'picker' }, element('span'), input)
  }
}

function name(picker: HTMLLabelElement, text: string): void {
  const [shown] = picker.getElementsByTagName('span')
  if (shown !== undefined) shown.textContent = text
}

/** Files may be dropped anywhere on the page; the place for them shows it. */
function receiveDrops(place: HTMLElement, take: (files: readonly File[]) => void): void {
  const mark = (over: boolean): void => void place.classList.toggle('over', over)
  document.addEventListener('dragover', (event) => {
    event.preventDefault()
    mark(true)
  })
  document.addEventListener('dragleave', () => mark(false))
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    mark(false)
    take([...(event.dataTransfer?.files ?? [])])
  })
}
