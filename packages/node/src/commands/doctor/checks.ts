/**
 * What can be wrong with the machine of a node, asked of the machine itself and of the other members. Each check gives
 * findings in words of the catalogue, with what to do.
 * @module
 */
import { statfs } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { Member } from '@jurat/core/ledger/consortium'
import type { MessageKey } from '@jurat/verify/messages/message'
import {
  CometbftBinaryError,
  cometbftVersion,
  findCometbft,
  type BinarySearch,
} from '../../engine/cometbft/supervision/binary.ts'
import { parseConsensusAddress } from '../../engine/cometbft/supervision/peers.ts'
import { parseMemberAddress } from '../../log/members/tlsLinks.ts'
import type { Clock } from '../../platform/clock.ts'

/** What was found: all is well, something that is not needed is missing, something that is needed is. */
export interface Finding {
  /** What was looked at. */
  readonly name: string
  readonly finding: 'good' | 'optional' | 'missing'
  /** The sentence, and what stands in it. */
  readonly key: MessageKey
  readonly values: Readonly<Record<string, string | number>>
}

/** A place on which the node listens, and the option that names another. */
export interface ListeningPlace {
  readonly host: string
  readonly port: number
  readonly flag: string
}

/** Least free space of the data folder's disk, bytes: below it a node may soon end, because a write fails. */
export const freeBytesMin: number = 2 ** 30

/** Longest wait for a member's answer, milliseconds. */
const answerTimeoutMs = 5_000

/** Clocks further apart than this are called so, milliseconds: a Date header has whole seconds. */
export const clockDifferenceMsMax = 2_500

/** CometBFT, of the right version. Only members of a consortium need it. */
export async function checkEngine(search: BinarySearch, needed: boolean): Promise<Finding> {
  const name = 'CometBFT'
  try {
    return { name, finding: 'good', key: 'cli.doctor.engine', values: { path: await findCometbft(search) } }
  } catch (error) {
    if (!(error instanceof CometbftBinaryError)) throw error
    const finding = needed ? 'missing' : 'optional'
    const values = { place: error.place, found: error.found ?? '', version: cometbftVersion }
    return { name, finding, key: error.found === null ? 'cli.doctor.engineMissing' : 'cli.doctor.engineWrong', values }
  }
}

/** Whether the node could listen there. */
export async function checkPort({ host, port, flag }: ListeningPlace): Promise<Finding> {
  const name = `port ${port}`
  const code = await new Promise<string | null>((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
  const values = { address: `${host}:${port}`, port, flag, code: code ?? '' }
  if (code === null) return { name, finding: 'good', key: 'cli.doctor.portFree', values }
  const key = code === 'EADDRINUSE' ? 'cli.doctor.portTaken' : 'cli.doctor.portClosed'
  return { name, finding: 'missing', key, values }
}

/** Free space where the data lies. */
export async function checkDisk(
  folder: string,
  freeBytes: (folder: string) => Promise<number> = freeBytesOf,
): Promise<Finding> {
  const free = await freeBytes(folder)
  const full = free < freeBytesMin
  return {
    name: 'disk',
    finding: full ? 'missing' : 'good',
    key: full ? 'cli.doctor.diskFull' : 'cli.doctor.disk',
    values: { folder, free: (free / 2 ** 30).toFixed(1), least: freeBytesMin / 2 ** 30 },
  }
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Whether the other members answer at all their addresses, and how far their clocks are from this one. */
export async function checkPeers(members: readonly Member[], clock: Clock): Promise<Finding[]> {
  const asked = await Promise.all(members.map((member) => askMember(member, clock)))
  return [...asked.flatMap(({ findings }) => findings), clockFinding(asked.flatMap(({ aheadMs }) => aheadMs))]
}

interface Asked {
  readonly findings: readonly Finding[]
  /** How far this clock is ahead of the member's; empty when it told nothing. */
  readonly aheadMs: readonly number[]
}

async function askMember({ name, addresses }: Member, clock: Clock): Promise<Asked> {
  const [url = '', ...others] = addresses
  const [told, ...closed] = await Promise.all([askTime(url, clock), ...others.map(whyClosed)])
  const reasons = [told.reason, ...closed]
  const findings = addresses.flatMap((address, at): Finding[] => {
    const reason = reasons[at] ?? null
    if (reason === null) return []
    return [{ name, finding: 'missing', key: 'cli.doctor.peerUnreachable', values: { member: name, address, reason } }]
  })
  const good: Finding = { name, finding: 'good', key: 'cli.doctor.peer', values: { member: name } }
  return { findings: findings.length === 0 ? [good] : findings, aheadMs: told.aheadMs }
}

/** Asks a node over HTTP: whoever answers, whatever it says, is there, and tells its time in the Date header. */
async function askTime(url: string, clock: Clock): Promise<{ reason: string | null; aheadMs: readonly number[] }> {
  const began = clock.now()
  try {
    const signal = AbortSignal.timeout(answerTimeoutMs)
    const response = await fetch(new URL('/health', url), { signal, redirect: 'manual' })
    const middle = (began + clock.now()) / 2
    await response.body?.cancel()
    const date = Date.parse(response.headers.get('date') ?? '')
    // The header has whole seconds, so half a second is added on average.
    return { reason: null, aheadMs: Number.isNaN(date) ? [] : [middle - (date + 500)] }
  } catch (error) {
    return { reason: reasonOf(error), aheadMs: [] }
  }
}

/** Why no connection to an address of a member can be opened; null when it can, or when we do not know its scheme. */
function whyClosed(address: string): Promise<string | null> {
  const place = parseConsensusAddress(address) ?? parseMemberAddress(address)
  if (place === null) return Promise.resolve(null)
  return new Promise((resolve) => {
    const socket = connect({ ...place, timeout: answerTimeoutMs })
    const end = (reason: string | null): void => {
      socket.destroy()
      resolve(reason)
    }
    socket.once('connect', () => end(null))
    socket.once('timeout', () => end('ETIMEDOUT'))
    socket.once('error', (error) => end(reasonOf(error)))
  })
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'ETIMEDOUT'
  const cause = error.cause instanceof Error ? error.cause : error
  return (cause as NodeJS.ErrnoException).code ?? cause.message
}

/** The middle one counts: one member whose clock is wrong does not make ours wrong. */
function clockFinding(aheadMs: readonly number[]): Finding {
  const name = 'clock'
  const middle = aheadMs.toSorted((a, b) => a - b)[Math.floor((aheadMs.length - 1) / 2)]
  if (middle === undefined) return { name, finding: 'optional', key: 'cli.doctor.clockUnknown', values: {} }
  const values = { seconds: Math.round(middle / 1000), count: aheadMs.length }
  const off = Math.abs(middle) > clockDifferenceMsMax
  return {
    name,
    finding: off ? 'missing' : 'good',
    key: off ? 'cli.doctor.clockPeersOff' : 'cli.doctor.clockPeers',
    values,
  }
}
