/**
 * Pages as pictures: poppler draws them, and they are compared with pictures that a person has looked at.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync, inflateSync } from 'node:zlib'

/** Fine enough that a rare character is itself, and no other. */
const dotsPerInch = 72
/** Side of the squares that are compared, in dots: about a character. */
const square = 8
/** How far the dots of a square may be apart on average, of 255: smoothing differs between versions of poppler. */
const difference = 16

/** A grey picture. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly dots: Uint8Array
}

/** The pages of a PDF. */
export function pagesOf(pdftoppm: string, pdf: Uint8Array): Picture[] {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-raster-'))
  try {
    writeFileSync(join(folder, 'in.pdf'), pdf)
    const args = ['-r', String(dotsPerInch), '-gray', 'in.pdf', 'page']
    execFileSync(pdftoppm, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    const names = readdirSync(folder).filter((name) => name.endsWith('.pgm'))
    return names.toSorted().map((name) => readPgm(readFileSync(join(folder, name))))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Reads a grey picture as poppler writes it: `P5`, width, height, 255, and the dots. */
function readPgm(file: Buffer): Picture {
  const [head = '', width, height] = /^P5\s(\d+)\s(\d+)\s255\s/u.exec(file.toString('latin1', 0, 64)) ?? []
  return { width: Number(width), height: Number(height), dots: file.subarray(head.length) }
}

/** Squares in which two pictures differ; every square when they differ in size. */
export function differences(one: Picture, other: Picture): number {
  const across = Math.ceil(one.width / square)
  const squares = across * Math.ceil(one.height / square)
  if (one.width !== other.width || one.height !== other.height) return squares
  const sums = new Int32Array(squares)
  for (let y = 0; y < one.height; y++) {
    for (let x = 0; x < one.width; x++) {
      const at = Math.floor(y / square) * across + Math.floor(x / square)
      const dot = y * one.width + x
      sums[at] = (sums[at] ?? 0) + Math.abs((one.dots[dot] ?? 0) - (other.dots[dot] ?? 0))
    }
  }
  return sums.filter((sum) => sum > difference * square * square).length
}

/** Compares a page with a picture on disk. With JURAT_UPDATE_GOLDEN=1 it is written anew, for a person to look at. */
export function comparePage(page: Picture, path: string): void {
  if (process.env['JURAT_UPDATE_GOLDEN'] === '1') writeFileSync(path, writePng(page))
  const differ = differences(page, readPng(readFileSync(path)))
  assert.equal(differ, 0, `${differ} places differ from ${path}`)
}

const signature = Buffer.from('89504e470d0a1a0a', 'hex')

/** A grey PNG (ISO/IEC 15948) without filters. */
function writePng({ width, height, dots }: Picture): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const lines = Array.from({ length: height }, (_, y) => [Uint8Array.of(0), dots.subarray(y * width, (y + 1) * width)])
  const data = deflateSync(Buffer.concat(lines.flat()), { level: 9 })
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

function chunk(name: string, data: Buffer): Buffer {
  const whole = Buffer.alloc(data.length + 12)
  whole.writeUInt32BE(data.length, 0)
  whole.write(name, 4, 'latin1')
  whole.set(data, 8)
  whole.writeUInt32BE(crc32(whole.subarray(4, data.length + 8)), data.length + 8)
  return whole
}

/** Reads what `writePng` has written. */
function readPng(file: Buffer): Picture {
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)]
  const lines = inflateSync(file.subarray(41, 41 + file.readUInt32BE(33)))
  const dots = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    dots.set(lines.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)), y * width)
  }
  return { width, height, dots }
}
