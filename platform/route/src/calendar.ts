import { SambandError } from '@samband/errors'

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'

/** Time of day on the wall, '07:30'; '24:00' is the end of the day. */
export type WallTime = `${number}:${number}`

/** A day as ISO 8601 writes it, '2026-12-24'. */
export type IsoDate = `${number}-${number}-${number}`

/**
 * When a place is open, by the clock on its wall. Plain data: it crosses threads and stands in graphs. Where summer time
 * begins or ends the wall decides, so a night that has 02:30 twice has an opening at 02:30 twice.
 */
export type Calendar = {
  /** IANA name: 'Europe/Oslo'. */
  readonly timeZone: string
  readonly days: readonly Weekday[]
  readonly from: WallTime
  /** Exclusive. Earlier than `from`: open over midnight, and the hours after it belong to the day before. */
  readonly to: WallTime
  /** Days on which it does not open at all. */
  readonly holidays: readonly IsoDate[]
}

export type CalendarOptions = {
  readonly timeZone: string
  /** Default: every day. */
  readonly days?: readonly Weekday[]
  /** Default '00:00'. */
  readonly from?: WallTime
  /** Default '24:00'. */
  readonly to?: WallTime
  readonly holidays?: readonly IsoDate[]
}

const minuteMs = 60_000
const dayMs = 86_400_000
/** How far ahead `nextOpen` looks. */
const horizonMs = 800 * dayMs
/** 1970-01-01 was a Thursday. */
const weekdays: readonly Weekday[] = Object.freeze(['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed'])

/** A calendar, checked and frozen. Throws SambandError 'calendar-invalid' that says what to write instead. */
export function calendar(options: CalendarOptions): Calendar {
  const { timeZone, days = weekdays, from = '00:00', to = '24:00', holidays = [] } = options
  formatterOf(timeZone)
  if (days.length === 0) throw invalid('"days" is empty, so it would never open')
  for (const day of days) if (!weekdays.includes(day)) throw invalid(`"${day}" is no weekday: write mon, tue ... sun`)
  if (wallMs(from) === wallMs(to)) throw invalid(`"from" and "to" are both ${from}, so it would never open`)
  for (const date of holidays) {
    const valid = /^\d{4}-\d\d-\d\d$/.test(date) && isoDate(Date.parse(`${date}T00:00:00Z`)) === date
    if (!valid) throw invalid(`holiday "${date}" is no date: write it as in "2026-12-24"`)
  }
  return Object.freeze({ timeZone, days: Object.freeze([...days]), from, to, holidays: Object.freeze([...holidays]) })
}

/** Whether it is open at this instant, epoch ms. */
export function isOpen(of: Calendar, ms: number): boolean {
  return isOpenAt(of, ms + offsetMs(of.timeZone, ms))
}

/** The first instant from `ms` on at which it is open; undefined when holidays keep it closed for two years. */
export function nextOpen(of: Calendar, ms: number): number | undefined {
  const end = ms + horizonMs
  for (let at = ms; at < end; ) {
    const offset = offsetMs(of.timeZone, at)
    const local = at + offset
    if (isOpenAt(of, local)) return at
    const next = at + untilChange(of, local)
    at = offsetMs(of.timeZone, next) === offset ? next : transition(of.timeZone, at, next, offset)
  }
  return undefined
}

/** `local`: the wall clock's reading, as if it were UTC. */
function isOpenAt(of: Calendar, local: number): boolean {
  const time = modulo(local, dayMs)
  const from = wallMs(of.from)
  const to = wallMs(of.to)
  if (from < to) return time >= from && time < to && opensOn(of, local)
  return (time >= from && opensOn(of, local)) || (time < to && opensOn(of, local - dayMs))
}

function opensOn(of: Calendar, local: number): boolean {
  const day = weekdays[modulo(Math.floor(local / dayMs), 7)]
  if (day === undefined || !of.days.includes(day)) return false
  if (of.holidays.length === 0) return true
  const today = isoDate(local)
  return !of.holidays.some(date => date === today)
}

/** How long until the wall clock shows a time at which a closed place may open: its `from`, or midnight. */
function untilChange(of: Calendar, local: number): number {
  const time = modulo(local, dayMs)
  const from = wallMs(of.from)
  return from > time ? from - time : dayMs - time
}

/** The first instant in (after, until] with another offset. Offsets change on whole minutes. */
function transition(timeZone: string, after: number, until: number, offset: number): number {
  let low = Math.floor(after / minuteMs)
  let high = Math.ceil(until / minuteMs)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetMs(timeZone, middle * minuteMs) === offset) low = middle
    else high = middle
  }
  return high * minuteMs
}

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone)
  if (known !== undefined) return known
  try {
    const made = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
    formatters.set(timeZone, made)
    return made
  } catch (cause) {
    throw invalid(`"${timeZone}" is no time zone: write an IANA name, as in "Europe/Oslo"`, cause)
  }
}

/** What the wall clock is ahead of UTC, in whole minutes. */
function offsetMs(timeZone: string, ms: number): number {
  const minute = Math.floor(ms / minuteMs) * minuteMs
  // en-US in this form is always month/day/year, hour:minute.
  const [month = 0, day = 0, year = 0, hour = 0, minutes = 0] = formatterOf(timeZone)
    .format(minute)
    .split(/\D+/)
    .map(Number)
  return Date.UTC(year, month - 1, day, hour, minutes) - minute
}

function wallMs(time: WallTime): number {
  const [, hours = '', minutes = ''] = /^(\d\d):(\d\d)$/.exec(time) ?? []
  const ms = (Number(hours) * 60 + Number(minutes)) * minuteMs
  if (hours === '' || Number(minutes) > 59 || ms > dayMs) {
    throw invalid(`"${time}" is no time of day: write it as in "07:30"`)
  }
  return ms
}

/** '' for no date. */
function isoDate(local: number): string {
  return Number.isFinite(local) ? new Date(local).toISOString().slice(0, 10) : ''
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}

function invalid(text: string, cause?: unknown): SambandError {
  return new SambandError({
    code: 'calendar-invalid',
    category: 'incorrect',
    message: `calendar: ${text}`,
    ...(cause === undefined ? {} : { cause }),
  })
}
