/**
 * How a benchmark speaks: its question, control and limits; a table; one JSON line.
 * @module
 */
import { cpus, release, totalmem } from 'node:os'

/** What a benchmark is about. */
export interface Subject {
  readonly name: string
  /** What is asked, in a sentence. */
  readonly question: string
  /** What it is compared with, or how the figure is kept honest. */
  readonly control: string
  /** What the figure does not say. */
  readonly limits: string
}

/** One line of the table: the same columns in each. */
export type Row = Readonly<Record<string, string | number>>

/** The machine and the time, for the record. */
export const machine = {
  date: new Date().toISOString(),
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${release()}`,
  node: process.version,
}

/** Prints subject, table and JSON line to stdout. */
export function report(subject: Subject, rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {})
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))]
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)))
  const lines = cells.map((line) => `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`)
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  console.log(`${subject.name}: ${subject.question}\ncontrol: ${subject.control}\nlimits: ${subject.limits}\n`)
  console.log(lines.join('\n'))
  console.log(`\n${JSON.stringify({ ...subject, machine, rows })}`)
}

/** The median of an odd or even number of values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** The value below which `share` (0 to 1) of the sorted values lie. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
