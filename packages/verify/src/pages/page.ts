/**
 * The page: files and fingerprint above, the verdict below, verified anew whenever something changes.
 * @module
 */
import { fromHex } from '@jurat/core/bytes'
import type { StatedDigest } from '../original.ts'
import { type Language, languages } from '../messages/language.ts'
import { certificateView } from './certificateView.ts'
import { element } from './element.ts'
import { FingerprintField } from './fingerprint.ts'
import type { Job, JobNews, PackageJob } from './job.ts'
import { nodeSection } from './nodeSection.ts'
import { Slots } from './slots.ts'
import { languageNames, Speech, type SpeechKey } from './speech.ts'
import { packageView } from './packageView.ts'
import { type Shown, verdictView } from './verdictView.ts'
import { type JobEngine, Jobs } from './worker.ts'

/** Builds the page. */
export function startPage(engine: JobEngine): void {
  const speech = new Speech(navigator.languages)
  const onNode = document.documentElement.dataset['face'] === 'node'
  const result = new Result(speech)
  const stated = onNode ? statedInLink() : null
  let compared = stated ?? null
  const jobs = new Jobs(engine)
  const changed = (): void => {
    verify({ jobs, slots, fingerprint, stated: compared, result })
  }
  const unstate = (): void => {
    compared = null
    changed()
  }
  const slots = new Slots(speech, changed)
  const fingerprint = new FingerprintField(speech, changed)
  const files = element(
    'section',
    { 'aria-labelledby': 'files' },
    speech.on(element('h2', { id: 'files' }), 'page.files'),
    ...(onNode ? [nodeSection({ speech, slots, stated, unstate })] : []),
    slots.view,
    fingerprint.view,
  )
  const limits = element(
    'footer',
    {},
    speech.on(element('h2'), 'page.limits'),
    speech.on(element('p'), 'page.limitsText'),
  )
  document.body.append(header(speech, onNode), element('main', {}, files, result.view), limits)
  speech.always(() => {
    document.documentElement.lang = speech.language
    document.title = `Jurat: ${speech.say('page.title')}`
  })
}

function header(speech: Speech, onNode: boolean): HTMLElement {
  const choice = element('select', { id: 'language' })
  for (const language of languages) {
    const option = element('option', { value: language, lang: language }, languageNames[language])
    option.selected = language === speech.language
    choice.append(option)
  }
  choice.addEventListener('change', () => speech.change(choice.value as Language))
  return element(
    'header',
    {},
    element('div', { class: 'language' }, speech.on(element('label', { for: 'language' }), 'page.language'), choice),
    element('p', { class: 'brand' }, 'Jurat'),
    speech.on(element('h1'), 'page.title'),
    speech.on(element('p', { class: 'lead' }), 'page.lead'),
    speech.on(element('p', { class: 'promise' }), onNode ? 'page.promise.node' : 'page.promise.file'),
  )
}

/** The digest after `#`; undefined when something else stands there. It never leaves the browser. */
function statedInLink(): StatedDigest | null | undefined {
  const text = location.hash.slice(1).toLowerCase()
  if (text === '') return null
  return /^([0-9a-f]{64}){1,2}$/u.test(text) ? { algorithm: null, digest: fromHex(text) } : undefined
}

/** What a verification is made of. */
interface Sources {
  readonly jobs: Jobs
  readonly slots: Slots
  readonly fingerprint: FingerprintField
  readonly stated: StatedDigest | null
  readonly result: Result
}

function verify({ jobs, slots, fingerprint, stated, result }: Sources): void {
  jobs.stop()
  const given = slots.file('trust')
  // A node could vouch for itself: its trust file counts only under a fingerprint from elsewhere.
  const waits = given?.fromNode === true && fingerprint.value === null
  const trust = waits ? null : given
  const job = jobOf(slots, { trust: trust?.blob ?? null, fingerprint: fingerprint.value }, stated)
  if (job === null || fingerprint.wrong) {
    result.empty()
    return
  }
  const read = slots.file('package') ?? slots.file('original') ?? slots.file('certificate')
  const particulars = {
    name: read?.name ?? '',
    confirmed: trust === null ? null : fingerprint.value !== null,
    caveats: caveatsOf(slots, waits),
  }
  result.begin(read?.blob.size ?? 0)
  jobs.start(job, (news) => result.tell(news, particulars))
}

/** What there is to do: a package goes before a certificate, and that before a receipt; null when there is none. */
function jobOf(slots: Slots, judge: Omit<PackageJob, 'package'>, stated: StatedDigest | null): Job | null {
  const whole = slots.file('package')
  if (whole !== null) return { ...judge, package: whole.blob }
  const certificate = slots.file('certificate')
  if (certificate !== null) {
    const original = slots.file('original')?.blob ?? null
    return { ...judge, certificate: certificate.blob, original, nowMs: performance.timeOrigin }
  }
  const receipt = slots.file('receipt')
  if (receipt === null) return null
  return { ...judge, original: slots.file('original')?.blob ?? null, receipt: receipt.blob, stated }
}

function caveatsOf(slots: Slots, trustWaits: boolean): SpeechKey[] {
  const beside = slots.file('original') ?? slots.file('receipt')
  const unread = slots.file('package') !== null && beside !== null
  return [
    ...(trustWaits ? (['page.trustNeedsFingerprint'] as const) : []),
    ...(unread ? (['page.packageAlone'] as const) : []),
  ]
}

/** What the result needs to know beside the verdict. */
interface Particulars extends Pick<Shown, 'confirmed'> {
  /** Name of the original, or of the package. */
  readonly name: string
  /** What the reader must know of the files that were given. */
  readonly caveats: readonly SpeechKey[]
}

/** The lower half of the page. */
class Result {
  readonly #speech: Speech
  readonly #status = element('p', { role: 'status' })
  readonly #progress = element('progress', { max: '1', value: '0' })
  readonly #place = element('div')
  #bytes = 0
  #show: () => void = () => this.#say(this.#speech.say('page.empty'))
  readonly view: HTMLElement

  constructor(speech: Speech) {
    this.#speech = speech
    this.view = element(
      'section',
      { 'aria-labelledby': 'verdict', class: 'result' },
      speech.on(element('h2', { id: 'verdict' }), 'page.verdict'),
      this.#status,
      this.#progress,
      this.#place,
    )
    this.#progress.hidden = true
    speech.always(() => {
      this.#progress.setAttribute('aria-label', speech.say('page.reading'))
      this.#show()
    })
  }

  empty(): void {
    this.#turn(() => this.#say(this.#speech.say('page.empty')))
  }

  begin(bytes: number): void {
    this.#bytes = bytes
    this.#turn(() => this.#say(this.#speech.say('page.checking')))
    this.#progress.value = 0
    this.#progress.hidden = bytes === 0
  }

  tell(news: JobNews, { name, confirmed, caveats }: Particulars): void {
    if (news.kind === 'read') {
      this.#progress.value = news.bytes / this.#bytes
      return
    }
    if (news.kind === 'failed') {
      this.#turn(() => this.#say(this.#speech.say('page.unreadable', { name, reason: news.reason })))
      return
    }
    this.#turn(() => {
      const speech = this.#speech
      const view = viewOf(news, confirmed, speech)
      // The status is what a screen reader says by itself: the state alone, which others see below.
      const words = view.querySelector('.state')?.textContent?.slice(1) ?? ''
      view.prepend(...caveats.map((key) => element('p', { class: 'caveat' }, speech.say(key))))
      this.#say(words, view)
    })
  }

  #turn(show: () => void): void {
    this.#progress.hidden = true
    this.#show = show
    show()
  }

  #say(text: string, ...views: readonly HTMLElement[]): void {
    this.#status.textContent = text
    this.#status.classList.toggle('spoken', views.length > 0)
    this.#place.replaceChildren(...views)
  }
}

/** The verdict of whatever was verified. */
function viewOf(
  news: Extract<JobNews, { readonly verdict: unknown }>,
  confirmed: boolean | null,
  speech: Speech,
): HTMLElement {
  if (news.kind === 'package') return packageView({ verdict: news.verdict, confirmed }, speech)
  if (news.kind === 'certificate') return certificateView({ verdict: news.verdict, confirmed }, speech)
  return verdictView({ verdict: news.verdict, confirmed }, speech)
}
