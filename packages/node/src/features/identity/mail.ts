/**
 * Letters over SMTP. The connection is encrypted, or stays on this machine.
 * @module
 */
import { JuratError } from '@jurat/core/errors'
import { createTransport } from 'nodemailer'
import type { Letter } from './email.ts'

/** Longest waits for the mail server, milliseconds. */
export const mailTimeoutMs = 10_000

/** A mail server that cannot be. */
export class MailError extends JuratError<'config-invalid'> {}

/** Sends letters. */
export interface Mailer {
  readonly send: (letter: Letter) => Promise<void>
}

/** @param url - `smtps://` or `smtp://` with user and password. @throws {MailError} */
export function createMailer(url: string, from: string): Mailer {
  const server = URL.canParse(url) ? new URL(url) : null
  if (server === null || !['smtp:', 'smtps:'].includes(server.protocol) || server.hostname === '') {
    throw new MailError('config-invalid', '--smtp-url is not smtps://HOST or smtp://HOST')
  }
  if (!/^[^\s<>,;@]+@[^\s<>,;@]+$/.test(from)) throw new MailError('config-invalid', '--smtp-from is not an address')
  const secure = server.protocol === 'smtps:'
  const isOwnMachine = ['localhost', '127.0.0.1', '[::1]'].includes(server.hostname)
  const decoded = (text: string): string => decodeURIComponent(text)
  const transport = createTransport({
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port === '' ? (secure ? 465 : 587) : Number(server.port),
    secure,
    requireTLS: !secure && !isOwnMachine,
    ...(server.username !== '' && {
      auth: { user: decoded(server.username), pass: decoded(server.password) },
    }),
    connectionTimeout: mailTimeoutMs,
    greetingTimeout: mailTimeoutMs,
    socketTimeout: mailTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ to, subject, text }) {
      await transport.sendMail({ from, to, subject, text })
    },
  }
}
