/**
 * Changing evidence: what a row of the tamper table is, and the small tools that rows are made with.
 * @module
 */
import { type Bytes, fromBase64, toBase64 } from '@jurat/core/bytes'
import type { StepName } from '@jurat/core/receipt/steps'
import type { Evidence, MadeEvidence } from './evidence.fixtures.ts'
import type { StepCode } from './verdict.ts'

/** An object of a parsed file. */
export type JsonObject = Record<string, unknown>

/** Evidence whose files can be changed. */
export interface Draft {
  original: Bytes
  receipt: JsonObject
  trust: JsonObject
}

/** Which genuine evidence a row changes. */
export type EvidenceKind = 'witnessed' | 'listed' | 'consortium' | 'stamped' | 'identified'

/** One change, and what the verifier must say. */
export interface TamperRow {
  readonly file: 'original' | 'receipt' | 'trust'
  /** The field, with `[]` for any item of a list. */
  readonly field: string
  readonly change: string
  /** The step that must fail; null for a harmless change. */
  readonly step: StepName | null
  /** What the step must say, or why the change is harmless. */
  readonly says: StepCode | { readonly harmless: string }
  /** `absent`: the step has nothing to look at any more, and the verdict is incomplete. */
  readonly state?: 'failed' | 'absent'
  /** `witnessed` by default. */
  readonly evidence?: EvidenceKind
  /** Changes the parsed files. */
  readonly edit?: (draft: Draft, genuine: MadeEvidence) => void
  /** Changes the text of the file. */
  readonly editText?: (text: string) => string
}

/** Evidence as text again. */
export function applyRow(row: TamperRow, evidence: MadeEvidence): Evidence {
  const draft: Draft = {
    original: evidence.original.slice(),
    receipt: JSON.parse(evidence.receipt) as JsonObject,
    trust: JSON.parse(evidence.trust) as JsonObject,
  }
  row.edit?.(draft, evidence)
  const texts = { receipt: JSON.stringify(draft.receipt), trust: JSON.stringify(draft.trust) }
  const { editText = (text: string) => text } = row
  if (row.file === 'trust') texts.trust = editText(texts.trust)
  else texts.receipt = editText(texts.receipt)
  return { original: draft.original, ...texts }
}

/** The container of a field: `place(json, 'a.b[1].c')` is `[json.a.b[1], 'c']`. */
function place(json: JsonObject, path: string): [JsonObject, string] {
  const names = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
  const last = names.pop() ?? ''
  const holder = names.reduce((at, name) => at[name] as JsonObject, json)
  return [holder, last]
}

/** A field of a parsed file. */
export function get(json: JsonObject, path: string): unknown {
  const [holder, name] = place(json, path)
  return holder[name]
}

/** Sets a field. */
export function set(json: JsonObject, path: string, value: unknown): void {
  const [holder, name] = place(json, path)
  holder[name] = value
}

/** Removes a field, or an item of a list. */
export function remove(json: JsonObject, path: string): void {
  const [holder, name] = place(json, path)
  if (Array.isArray(holder)) holder.splice(Number(name), 1)
  else delete holder[name]
}

/** Flips the lowest bit of one byte of a base64 field; the last byte by default. */
export function flip(json: JsonObject, path: string, at: number = -1): void {
  const bytes = fromBase64(get(json, path) as string).slice()
  const index = at < 0 ? bytes.length + at : at
  bytes[index] = (bytes[index] ?? 0) ^ 1
  set(json, path, toBase64(bytes))
}

/** A hexadecimal field with another last digit. */
export function flipHex(json: JsonObject, path: string): void {
  const text = get(json, path) as string
  set(json, path, text.slice(0, -1) + (text.endsWith('0') ? '1' : '0'))
}

/** Edits the lines of the proof; the note begins after its first empty line. */
export function editLines(json: JsonObject, path: string, edit: (lines: string[]) => string[]): void {
  const text = get(json, path) as string
  set(json, path, `${edit(text.slice(0, -1).split('\n')).join('\n')}\n`)
}

/** The line at which the note of a proof begins: its origin. */
export function noteStart(lines: readonly string[]): number {
  return lines.indexOf('') + 1
}

/** The signature line of a key name, the `nth` of that name. */
export function signatureLine(lines: readonly string[], name: string, nth: number = 0): number {
  const found = [...lines.keys()].filter((at) => lines[at]?.startsWith(`— ${name} `))
  return found[nth] ?? -1
}

/** A signature line with one bit of its signature (or, at 4 to 11, of its time) flipped. */
export function flipLine(line: string, at: number = -1): string {
  const [dash, name, base64 = ''] = line.split(' ')
  const json = { base64 }
  flip(json, 'base64', at)
  return `${dash} ${name} ${json.base64}`
}

/** Every field that holds a value: paths with `[]`. Empty lists, empty objects and null count as values. */
export function leafFields(value: unknown, path: string = ''): string[] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap((item) => leafFields(item, `${path}[]`))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  return Object.entries(value).flatMap(([name, item]) => leafFields(item, path === '' ? name : `${path}.${name}`))
}

/** Every field and every item of a list, with its own path: what can be deleted. */
export function deletable(value: unknown, path: string = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, item]) => {
    const own = Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`
    return [own, ...deletable(item, own)]
  })
}
