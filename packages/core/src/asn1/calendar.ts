/**
 * Dates of the proleptic Gregorian calendar, as ASN.1 writes times: years from 0000 to 9999, all in UTC, without leap seconds.
 * @module
 */

/** A date: month and day from 1. */
export interface CalendarDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** Days of 400 years. */
const eraDays = 146_097
/** Days from 0000-03-01 to 1970-01-01. */
const epochDay = 719_468

/** Days since 1970-01-01 of a date; those of a day that a month does not have run into the next one. */
export function dayNumber({ year, month, day }: CalendarDate): number {
  // Years begin in March here, so that the leap day comes last.
  const shifted = month > 2 ? year : year - 1
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return (
    era * eraDays + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - epochDay
  )
}

/** The date of a number of days since 1970-01-01. */
export function dateOf(days: number): CalendarDate {
  const shifted = days + epochDay
  const era = Math.floor(shifted / eraDays)
  const dayOfEra = shifted - era * eraDays
  const leaps = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = ((fromMarch + 2) % 12) + 1
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  return { year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day }
}
