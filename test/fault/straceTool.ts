/**
 * strace: injecting a fault into the n-th call on given files, and reading from its record which call that was.
 * strace counts for each thread alone, and only calls on the files that it was told; its --seccomp-bpf is not used, since
 * with it version 6.1 leaves signals out.
 * @module
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'

/** What happens to the call. `EPERM`: what a file system says that gives no file a second name. */
export type Fault = 'error=EIO' | 'signal=KILL' | 'error=EPERM'

/** Those that every call must stand, in this order. */
export const faults: readonly Fault[] = ['error=EIO', 'signal=KILL']

/** System calls that change files, as strace names them. Opening counts when it may make or empty a file. */
const writeCalls = (
  'openat write pwrite64 writev pwritev pwritev2 fsync fdatasync ftruncate fallocate ' +
  'rename renameat renameat2 link linkat mkdir mkdirat unlink unlinkat rmdir'
).split(' ')

/** A call in a record. */
export interface TracedCall {
  readonly thread: string
  readonly call: string
  /** The file that it is about: its first argument that is one. */
  readonly path: string
  /** Which one of this call on this thread, from 1, among those of the record. */
  readonly when: number
  /** Whether it failed by injection, or the process was killed in it. */
  readonly hit: boolean
  /** Whether it can change a file: opening one that is there only to read it does not, but strace counts it. */
  readonly writes: boolean
}

/** What strace is told. */
export interface Order {
  /** Only calls on these files; all when empty. */
  readonly paths: readonly string[]
  /** Null: nothing is injected, and all calls that write are recorded. */
  readonly injection: { readonly call: string; readonly fault: Fault; readonly when: number } | null
}

/** A running strace. */
export interface Strace {
  readonly child: ChildProcess
  /** What it has recorded so far. */
  record(): string
}

/** Starts strace; `rest` names the process to attach to, or the command to run. */
export function startStrace(
  file: string,
  { paths, injection }: Order,
  rest: readonly string[],
  env = process.env,
): Strace {
  const calls = injection === null ? writeCalls.join(',') : injection.call
  const what = injection === null ? [] : ['-e', `inject=${injection.call}:${injection.fault}:when=${injection.when}`]
  const words = ['-f', '-y', '-o', file, '-e', `trace=${calls}`, ...what, ...paths.flatMap((path) => ['-P', path])]
  const child = spawn('strace', [...words, ...rest], { stdio: ['ignore', 'ignore', 'pipe'], env })
  return { child, record: () => (existsSync(file) ? readFileSync(file, 'latin1') : '') }
}

/** Attaches strace to all threads of a process and waits until it holds them. */
export async function attachStrace(
  file: string,
  order: Order,
  pid: number,
): Promise<Strace & { detach(): Promise<void> }> {
  const strace = startStrace(file, order, ['-p', String(pid)])
  const ended = once(strace.child, 'exit')
  await new Promise<void>((resolve, reject) => {
    let said = ''
    strace.child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('attached')) resolve()
    })
    void ended.then(() => reject(new Error(`strace ended: ${said}`)))
  })
  return {
    ...strace,
    async detach() {
      strace.child.kill('SIGINT')
      await ended
    },
  }
}

/** Reads a record. */
export function callsOf(record: string): TracedCall[] {
  const calls: { thread: string; call: string; path: string; text: string }[] = []
  const open = new Map<string, (typeof calls)[number]>()
  for (const line of record.split('\n')) {
    const [, thread = '', begun, resumed, text = ''] =
      /^(\d+) +(?:(\w+)\(|<\.\.\. (\w+) resumed>)(.*)$/.exec(line) ?? []
    if (begun !== undefined) {
      const entry = { thread, call: begun, path: pathOf(text), text }
      open.set(thread, entry)
      calls.push(entry)
    }
    const entry = open.get(thread)
    if (resumed !== undefined && entry !== undefined) entry.text += text
  }
  const counts = new Map<string, number>()
  return calls.map(({ thread, call, path, text }) => {
    const when = (counts.get(`${thread} ${call}`) ?? 0) + 1
    counts.set(`${thread} ${call}`, when)
    const hit = text.includes('(INJECTED)') || !/ = (-1 [A-Z]+|\d+)/.test(text)
    return { thread, call, path, when, hit, writes: call !== 'openat' || text.includes('O_CREAT') }
  })
}

/** The file of a descriptor, or the first name. */
const pathOf = (text: string): string => /^\d+<([^>]*)>/.exec(text)?.[1] ?? /"([^"]*)"/.exec(text)?.[1] ?? ''

/** The call that an injection hit. @throws AssertionError when it is not the one that it names, or there is none. */
export function hitOf(record: string, { paths, injection }: Order): TracedCall {
  const hits = callsOf(record).filter(({ hit }) => hit)
  const found = hits.find(({ call, when }) => call === injection?.call && when === injection.when)
  const about = `${JSON.stringify(injection)}: ${record.slice(-2_000)}`
  assert.ok(found !== undefined, `another call was hit than that of ${about}`)
  assert.ok(paths.length === 0 || paths.includes(found.path), `another file was hit by ${about}`)
  return found
}
