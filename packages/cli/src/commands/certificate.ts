/**
 * `jurat certificate`: certificates of deposit, and letters that correct them.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { receiptId } from '@jurat/sdk/receipts'
import { type Context, nodeClient } from '../context.ts'
import { CliError, exitCodes } from '../exitCodes.ts'
import { readText, writeText } from '../files.ts'
import type { Register } from '../runner.ts'

/** Between two looks whether a certificate is issued, milliseconds. */
const lookEveryMs = 1_000

interface RequestFlags {
  readonly language?: string
  readonly wait?: boolean
  readonly out?: string
}

/** Adds the commands. */
export const registerCertificate: Register = (parent, run) => {
  const certificate = parent.command('certificate').description(run.help('cli.help.certificate'))
  certificate
    .command('request <deposit...>')
    .description(run.help('cli.help.certificateRequest'))
    .option('--wait', run.help('cli.help.certificateWait'))
    .option('--out <file>', run.help('cli.help.certificateOut'))
    .action(run.action<[string[]], RequestFlags>((context, [deposits], flags) => request(context, deposits, flags)))
  certificate
    .command('get <number>')
    .description(run.help('cli.help.certificateGet'))
    .option('--out <file>', run.help('cli.help.certificateOut'))
    .action(run.action<[string], { out?: string }>((context, [number], { out }) => get(context, number, out)))
  certificate
    .command('list')
    .description(run.help('cli.help.certificateList'))
    .action(run.action((context) => list(context)))
  certificate
    .command('reissue <number>')
    .description(run.help('cli.help.certificateReissue'))
    .action(
      run.action<[string]>(async (context, [number]) => {
        const { value } = await nodeClient(context).call('reissueCertificate', { params: { number } })
        show(context, value)
      }),
    )
  certificate
    .command('correct <number> <letter>')
    .description(run.help('cli.help.certificateCorrect'))
    .action(run.action<[string, string]>((context, [number, letter]) => correct(context, number, letter)))
}

/** A request as the node answers it. */
interface Standing {
  readonly request: string
  readonly kind: string
  readonly state: string
  readonly reason: string | null
  readonly number: string | null
  readonly sha256: string | null
}

async function request(context: Context, given: readonly string[], flags: RequestFlags): Promise<void> {
  const client = nodeClient(context)
  // A receipt file opens what shall stand on the certificate; an id opens nothing.
  const deposits = given.map((one) => {
    if (/^[a-z2-7]{58}$/.test(one)) return { id: one }
    const text = readText(one)
    return { id: receiptId(text), receipt: JSON.parse(text) as Record<string, unknown> }
  })
  const language = flags.language as 'en' | 'zh-CN' | 'zh-TW' | undefined
  const body = { deposits, ...(language !== undefined && { language }) }
  let standing: Standing = (await client.call('requestCertificate', { body })).value
  while (flags.wait === true && (standing.state === 'waiting' || standing.state === 'numbered')) {
    await sleep(lookEveryMs)
    const params = { request: standing.request }
    standing = (await client.call('getCertificateRequest', { params })).value
  }
  if (standing.state === 'refused') {
    throw new CliError(exitCodes.refused, 'certificate-refused', `${standing.request}: ${standing.reason ?? ''}`)
  }
  if (standing.number !== null && standing.state === 'issued' && flags.out !== undefined) {
    await fetchFile(context, standing.number, flags.out)
  }
  show(context, standing)
}

async function get(context: Context, number: string, out: string | undefined): Promise<void> {
  if (out !== undefined) {
    await fetchFile(context, number, out)
    context.output.result(context.say('cli.receiptWritten', { path: out }), { number, file: out })
    return
  }
  const { value } = await nodeClient(context).call('getCertificate', { params: { number } })
  context.output.result(
    [
      `${value.number}  ${value.kind}  ${value.issuer}`,
      `SHA-256  ${value.sha256}`,
      ...value.deposits.map(({ id, algorithm, digest }) => `${algorithm}  ${digest}  ${id}`),
      ...value.correctedBy.map((letter) => `<- ${letter}`),
      ...value.replacedBy.map((other) => `=> ${other}`),
    ],
    value,
  )
}

async function fetchFile(context: Context, number: string, out: string): Promise<void> {
  const { value } = await nodeClient(context).call('getCertificateFile', { params: { number } })
  writeText(out, value)
}

async function list(context: Context): Promise<void> {
  const { value } = await nodeClient(context).call('listCertificates', { query: { limit: '1000' } })
  const lines = value.certificates.map((one) => lineOf(one))
  context.output.result(lines.length === 0 ? context.say('cli.certificateNone') : lines, value)
}

async function correct(context: Context, number: string, letter: string): Promise<void> {
  const body = JSON.parse(readText(letter)) as { reason: string; changes: { what: string; was: string; is: string }[] }
  const { value } = await nodeClient(context).call('correctCertificate', { params: { number }, body })
  show(context, value)
}

const lineOf = ({ request, number, kind, state, reason }: Standing): string =>
  [request, kind, state, number ?? '', reason ?? ''].join('  ').trimEnd()

function show(context: Context, standing: Standing): void {
  context.output.result(lineOf(standing), standing)
}
