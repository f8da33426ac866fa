/**
 * The code by which a telephone finds a certificate, as SVG.
 * @module
 */
import { encode } from 'uqr'

/** White modules around the code (ISO/IEC 18004). */
const quietModules = 4

/** A code of medium error correction: a seventh of it may be illegible. */
export function qrCode(text: string): string {
  const { data, size } = encode(text, { ecc: 'M', border: 0 })
  const runs = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  const side = size + 2 * quietModules
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-quietModules} ${-quietModules} ${side} ${side}"><path d="${runs}"/></svg>`
}
