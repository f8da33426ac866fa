/**
 * What the public page shows of a certificate's number: what anybody may know of it, and the receipt of its deposit. Nothing
 * of that is believed: the receipt is verified like one that was dropped.
 * @module
 */
import { element } from './element.ts'
import { askCertificate, type KnownCertificate } from './ownNode.ts'
import type { Speech } from './speech.ts'

/** What the section does with what it learns. */
interface CertificateSectionOptions {
  readonly speech: Speech
  readonly number: string
  /** The one deposit of the certificate. */
  readonly alone: (deposit: string) => void
  /** It has several: the digest in the link is that of their list, not of an original. */
  readonly several: () => void
}

/** The section; it asks at once. */
export function certificateSection({ speech, number, alone, several }: CertificateSectionOptions): HTMLElement {
  const view = element('div', { class: 'certificate', role: 'status' })
  speech.on(view, 'page.asking')
  askCertificate(number).then(
    (known) => {
      if (known === null) {
        view.replaceChildren(speech.on(element('p'), 'page.noCertificate', { number }))
        return
      }
      view.replaceChildren(...linesOf(speech, known))
      const [first, ...others] = known.deposits
      if (others.length > 0) several()
      else if (first !== undefined) alone(first.id)
    },
    (error: unknown) => view.replaceChildren(speech.on(element('p'), 'page.noAnswer', { reason: String(error) })),
  )
  return view
}

function linesOf(speech: Speech, known: KnownCertificate): HTMLElement[] {
  const { number, issuer, issuedMs, sha256, deposits, replacedBy, correctedBy } = known
  const time = new Date(issuedMs).toISOString()
  const linked = (numbers: readonly string[]): HTMLElement[] =>
    numbers.map((other) => element('a', { href: `/v/${other}` }, other))
  return [
    speech.on(element('p', { class: 'number' }), 'page.certificate', { number, issuer, time }),
    speech.on(element('p', { class: 'number' }), 'page.certificateFile', { digest: sha256 }),
    ...(correctedBy.length === 0 ? [] : [speech.on(element('p'), 'page.certificateCorrected'), ...linked(correctedBy)]),
    ...(replacedBy.length === 0 ? [] : [speech.on(element('p'), 'page.certificateReplaced'), ...linked(replacedBy)]),
    ...(deposits.length < 2
      ? []
      : deposits.map(({ id, digest }) => element('p', {}, element('a', { href: `/v/${id}#${digest}` }, digest)))),
  ]
}
