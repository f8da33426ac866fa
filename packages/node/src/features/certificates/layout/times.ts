/**
 * Times as documents show them: with their zone, to the millisecond where that is known.
 * @module
 */

const minuteMs = 60_000

/** `2026-11-30 23:24:59.123 UTC+8`. @param zoneMinutes - minutes east of UTC */
export function shownTime(timeMs: number, zoneMinutes: number): string {
  const local = new Date(timeMs + zoneMinutes * minuteMs).toISOString()
  const time = local.endsWith('.000Z') ? local.slice(0, 19) : local.slice(0, 23)
  return `${time.replace('T', ' ')} ${zoneName(zoneMinutes)}`
}

function zoneName(minutes: number): string {
  if (minutes === 0) return 'UTC'
  const [whole, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  const fraction = rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`
  return `UTC${minutes < 0 ? '-' : '+'}${whole}${fraction}`
}
