/**
 * An operator's word that this member may sign again although more than a third of the members have lost their signer state:
 * a file that `resume-signing` makes in the data folder, and that the node takes away when it has gone on.
 * docs/spec/members.md, By an operator's command.
 * @module
 */
import { type Bytes, equal, fromHex, fromText, toHex, toText } from '@jurat/core/bytes'
import type { Files } from '../../platform/files.ts'
import { crc32c } from '../../store/crc32c.ts'

/** Name of the file in the data folder while it waits to be used, and of what stays of it. No backup holds them. */
const waitingName = 'resume-signing'
const usedName = 'resumed-signing'

const fileHead = 'jurat-resume-signing/1'

/** What the operator has said. */
export interface Resumption {
  readonly networkId: Bytes
  /** When, milliseconds since 1970 UTC. */
  readonly timeMs: number
  /** The other members that have lost their signer state. */
  readonly lost: readonly string[]
}

/** Where it stands. */
interface Place {
  readonly files: Files
  readonly dataFolder: string
}

/** Writes it, durable. */
export async function writeResumption({ files, dataFolder }: Place, resumption: Resumption): Promise<void> {
  await files.replaceFile(`${dataFolder}/${waitingName}`, encode(resumption), { mode: 0o600 })
}

/** Reads it; null when there is none, or none for this network. Nobody signs on a file that cannot be read. */
export async function readResumption({ files, dataFolder }: Place, networkId: Bytes): Promise<Resumption | null> {
  const content = await files.readFile(`${dataFolder}/${waitingName}`)
  const read = content === null ? null : decode(content)
  return read !== null && equal(read.networkId, networkId) ? read : null
}

/** It holds once: what stays says that it was used. */
export async function retireResumption({ files, dataFolder }: Place): Promise<void> {
  const content = await files.readFile(`${dataFolder}/${waitingName}`)
  if (content === null) return
  await files.replaceFile(`${dataFolder}/${usedName}`, content, { mode: 0o600 })
  await files.remove(`${dataFolder}/${waitingName}`)
  await files.syncFolder(dataFolder)
}

function encode({ networkId, timeMs, lost }: Resumption): Bytes {
  const text = `${[fileHead, toHex(networkId), timeMs, ...lost].join('\n')}\n`
  return fromText(`${text}${checksum(text)}\n`)
}

function decode(content: Bytes): Resumption | null {
  try {
    const lines = toText(content).split('\n')
    const [head, networkId = '', timeMs = '', ...rest] = lines
    const [sum, last] = rest.splice(-2)
    const text = `${[head, networkId, timeMs, ...rest].join('\n')}\n`
    if (head !== fileHead || last !== '' || sum !== checksum(text) || !/^\d{1,15}$/.test(timeMs)) return null
    return { networkId: fromHex(networkId), timeMs: Number(timeMs), lost: rest }
  } catch {
    return null
  }
}

const checksum = (text: string): string => crc32c(fromText(text)).toString(16).padStart(8, '0')
