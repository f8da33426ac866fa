/**
 * Lays certificates and correction letters out as PDF/A-3b: the same content gives the same bytes. docs/spec/certificate-file.md.
 * @module
 */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { type Bytes, fromText } from '@jurat/core/bytes'
import type { Timers } from '../../../platform/clock.ts'
import { type Helper, type HelperEvents, type NoAnswer, OneByOne } from '../../../platform/oneByOne.ts'
import { certificatePage } from './certificatePage.ts'
import type { CompilerAnswer, CompilerJob, CompilerStart } from './compiler.ts'
import {
  type AppearanceContent,
  appearanceLinesMax,
  appearancePointsMax,
  type CertificateContent,
  type CorrectionContent,
} from './content.ts'
import { correctionPage } from './correctionPage.ts'
import { LayoutError } from './error.ts'
import { digestFamily, findFonts, type Fonts, namedCharacter } from './fonts.ts'
import { type LaidOut, textsOf } from './page.ts'
import { qrCode } from './qrCode.ts'

/** Longest time of one layout, milliseconds; the first one starts the process. A usual one takes ten. */
export const layoutMsMax = 30_000
/** Layouts that wait for the process; more are turned away. */
export const layoutsWaitingMax = 256

/** Lays out one document after the other, in a process of its own that starts with the first one. */
export class Layouter {
  readonly #findFonts: () => Fonts
  readonly #jobs: OneByOne<CompilerJob, CompilerAnswer>
  #found: Fonts | null = null

  /** @param fonts - looked for with the first document: a node that issues none does not read them */
  constructor(timers: Timers, fonts: () => Fonts = findFonts) {
    this.#findFonts = fonts
    this.#jobs = new OneByOne<CompilerJob, CompilerAnswer>({
      timers,
      waitingMax: layoutsWaitingMax,
      jobMsMax: layoutMsMax,
      start: (events) => startCompiler(this.#fonts, events),
      error: (reason, cause) => new LayoutError('layout-busy', sentences[reason], { cause }),
    })
  }

  /**
   * The certificate as PDF, unsigned.
   * @throws {LayoutError} `character-missing` and `content-too-much` before anything is laid out
   */
  layCertificate(content: CertificateContent): Promise<Bytes> {
    return this.#lay(content, () => certificatePage(content))
  }

  /** The correction letter as PDF, unsigned. @throws {LayoutError} as above */
  layCorrection(content: CorrectionContent): Promise<Bytes> {
    return this.#lay(content, () => correctionPage(content))
  }

  /** Whether a certificate can be laid out: whoever issues asks before a number is taken. @throws {LayoutError} */
  checkCertificate(content: CertificateContent): void {
    this.#check(certificatePage(content))
  }

  /** Whether a letter can be laid out. @throws {LayoutError} */
  checkCorrection(content: CorrectionContent): void {
    this.#check(correctionPage(content))
  }

  /**
   * A picture of a signature as a PDF of one page, for the appearance of a field.
   * @throws {LayoutError} also `layout-failed` when the text does not fit
   */
  async layAppearance({ language, lines, width, height, timeMs }: AppearanceContent): Promise<Bytes> {
    const isLong = lines.length === 0 || lines.length > appearanceLinesMax
    if (isLong || Math.max(width, height) > appearancePointsMax || Math.min(width, height) < 20) {
      const sentence = `a picture has 1 to ${appearanceLinesMax} lines and sides of 20 to ${appearancePointsMax} points`
      throw new LayoutError('content-too-much', sentence)
    }
    this.#checkText(lines.join(''))
    const families = this.#fonts.families(language)
    const content = { title: lines[0], lines, width, height, families, date: dateOf(timeMs) }
    return this.#ask({ kind: 'picture', content: JSON.stringify(content), files: [] })
  }

  /** Characters of a text that cannot be set, each once. */
  missingIn(text: string): readonly string[] {
    return this.#fonts.missing(text)
  }

  /** Ends the process; whoever waits is turned away. */
  stop(): Promise<void> {
    return this.#jobs.stop()
  }

  /** @throws {LayoutError} `font-missing` */
  get #fonts(): Fonts {
    this.#found ??= this.#findFonts()
    return this.#found
  }

  #check({ page }: LaidOut): void {
    this.#checkText(textsOf(page).join(''))
  }

  #checkText(text: string): void {
    const missing = this.#fonts.missing(text)
    if (missing.length === 0) return
    const named = missing.slice(0, 8).map(namedCharacter).join(', ')
    throw new LayoutError('character-missing', `no font has, or shows as it is written: ${named}`)
  }

  async #lay(content: CertificateContent | CorrectionContent, layOut: () => LaidOut): Promise<Bytes> {
    const laid = layOut()
    this.#check(laid)
    return this.#ask(this.#jobOf(content, laid))
  }

  async #ask(job: CompilerJob): Promise<Bytes> {
    const answer = await this.#jobs.ask(job)
    if ('pdf' in answer) return new Uint8Array(answer.pdf)
    throw new LayoutError('layout-failed', `Typst refuses it: ${answer.failed}`)
  }

  #jobOf({ number, language }: CertificateContent | CorrectionContent, laid: LaidOut): CompilerJob {
    const { page, attachments, pictures } = laid
    const files = [
      ...attachments.map(({ name, bytes }) => ({ name, bytes })),
      ...[...pictures].map(([name, bytes]) => ({ name, bytes })),
      ...page.blocks.flatMap((block) =>
        block.kind === 'code' ? [{ name: 'code.svg', bytes: fromText(qrCode(block.link)) }] : [],
      ),
    ]
    const content = JSON.stringify({
      page,
      number,
      families: this.#fonts.families(language),
      'digest-family': digestFamily,
      date: dateOf(page.dateMs),
      attachments: attachments.map(({ name, mediaType, description, relationship }) => ({
        name,
        mediaType,
        description,
        relationship,
      })),
    })
    return { kind: 'document', content, files }
  }
}

const sentences: Readonly<Record<NoAnswer, string>> = {
  full: 'too many layouts wait',
  slow: 'the layout took too long',
  stopping: 'the node stops',
  ended: 'the layout process has ended',
}

function startCompiler({ files }: Fonts, { answer, gone }: HelperEvents<CompilerAnswer>): Helper<CompilerJob> {
  const start: CompilerStart = { files }
  const name = import.meta.url.endsWith('.ts') ? 'compiler.ts' : 'compiler.js'
  const child = fork(join(import.meta.dirname, name), [JSON.stringify(start)], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    execArgv: [],
    env: {},
  })
  child.on('message', answer)
  child.on('error', gone)
  child.on('exit', () => gone())
  // An idle process never keeps the node alive; the deadline does while a document is laid out.
  child.unref()
  child.channel?.unref()
  const end = async (): Promise<void> => {
    if (child.exitCode !== null) return
    // Whoever waits for the end of an idle process is kept alive until then.
    child.ref()
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGKILL')
    await ended
  }
  return {
    post: (job) => void child.send(job, (error) => error !== null && child.kill('SIGKILL')),
    busy: () => undefined,
    end,
  }
}

/** The parts of a time, UTC, to the second. */
function dateOf(timeMs: number): Readonly<Record<string, number>> {
  const date = new Date(timeMs)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  }
}
