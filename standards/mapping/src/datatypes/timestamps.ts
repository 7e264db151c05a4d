import type { RunContext } from '../run/run-context.ts'

const DTM = /^(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)?(?:(\d\d)(\.\d+)?)?)?([+-]\d{4})?$/
const ZONE = /^[+-]\d\d:\d\d$|^Z$/

interface Parts {
  readonly year: string
  readonly month: string | undefined
  readonly day: string | undefined
  readonly hour: string | undefined
  readonly minute: string
  readonly second: string
  readonly fraction: string
  readonly zone: string | undefined
}

/** Reads TS and DTM as senders write them: with blanks, and zeros where nothing is known. */
function parts(text: string): Parts | undefined {
  const match = DTM.exec(text.replaceAll(' ', ''))
  if (match === null) return undefined
  const [, year = '', month, day, hour, minute = '00', second = '00', fraction = '', zone] = match
  const known = (part: string | undefined): string | undefined => (part === '00' ? undefined : part)
  const found: Parts = {
    year,
    month: known(month),
    day: known(month) && known(day),
    hour,
    minute,
    second,
    fraction,
    zone,
  }
  return isCalendarDate(found) && year !== '0000' ? found : undefined
}

function isCalendarDate({ year, month, day, hour, minute, second }: Parts): boolean {
  if (month !== undefined && Number(month) > 12) return false
  if (day !== undefined && Number(day) > daysIn(Number(year), Number(month))) return false
  return Number(hour ?? 0) < 24 && Number(minute) < 60 && Number(second) < 60
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function dateText({ year, month, day }: Parts): string {
  return month === undefined ? year : day === undefined ? `${year}-${month}` : `${year}-${month}-${day}`
}

/** FHIR date, undefined where the text is no HL7 date. */
export function fhirDate(text: string): string | undefined {
  const found = parts(text)
  return found && dateText(found)
}

/** FHIR dateTime at the precision that was written; seconds are added, as FHIR has no shorter time. */
export function fhirDateTime(text: string, run: RunContext): string | undefined {
  const found = parts(text)
  if (found === undefined) return undefined
  const date = dateText(found)
  if (found.hour === undefined || date.length < 10) return date
  const local = `${date}T${found.hour}:${found.minute}:${found.second}`
  return `${local}${found.fraction}${zoneOf(found.zone, local, run)}`
}

/** FHIR instant: what has no time begins at midnight, what has no day is none. */
export function fhirInstant(text: string, run: RunContext): string | undefined {
  const dateTime = fhirDateTime(text, run)
  if (dateTime === undefined || dateTime.length < 10) return undefined
  return dateTime.length === 10 ? `${dateTime}T00:00:00${zoneOf(undefined, `${dateTime}T00:00:00`, run)}` : dateTime
}

export function fhirTime(text: string): string | undefined {
  const match = /^(\d\d)(\d\d)?(?:(\d\d)(\.\d+)?)?/.exec(text)
  if (match === null) return undefined
  const [, hour = '', minute = '00', second = '00', fraction = ''] = match
  return Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60
    ? `${hour}:${minute}:${second}${fraction}`
    : undefined
}

/** The zone of the time itself, else of the deployment, else of MSH-7, else UTC. */
function zoneOf(zone: string | undefined, local: string, run: RunContext): string {
  if (zone !== undefined) return `${zone.slice(0, 3)}:${zone.slice(3)}`
  const { settings } = run
  const set = typeof settings.zone === 'function' ? settings.zone(local) : settings.zone
  if (set !== undefined && ZONE.test(set)) return set
  if (run.messageZone !== '') return run.messageZone
  if (!run.zoneReported) {
    run.zoneReported = true
    run.issue('zone-assumed', 'information', 'Times have no zone and no setting names one: UTC is assumed')
  }
  return 'Z'
}

/** The zone that a time states, as FHIR writes it; empty without one. */
export function statedZone(text: string): string {
  const zone = /([+-]\d\d)(\d\d)$/.exec(text)
  return zone === null || text.length < 9 ? '' : `${zone[1]}:${zone[2]}`
}
