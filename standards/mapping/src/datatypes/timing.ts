import type { V2Value } from '../read/v2-value.ts'
import type { Json, RunContext } from '../run/run-context.ts'
import { assignDecimal, isDecimal } from './primitive.ts'
import { fhirDateTime } from './timestamps.ts'

const UCUM = 'http://unitsofmeasure.org'
const DURATION = /^([SMHDWL])(\d+)$/
const DURATION_UNITS: Readonly<Record<string, [unit: string, factor: number]>> = {
  S: ['s', 1],
  M: ['min', 1],
  H: ['h', 1],
  D: ['d', 1],
  W: ['wk', 1],
  L: ['mo', 1],
}
/** Repeat patterns of table 0335 that FHIR's GTSAbbreviation names. */
const PATTERN_CODES = new Set([
  'BID',
  'TID',
  'QID',
  'AM',
  'PM',
  'QD',
  'QOD',
  'Q1H',
  'Q2H',
  'Q3H',
  'Q4H',
  'Q6H',
  'Q8H',
  'BED',
  'WK',
  'MO',
])
const PER_DAY: Readonly<Record<string, number>> = { QD: 1, BID: 2, TID: 3, QID: 4, QAM: 1, QPM: 1, QHS: 1 }
const EVERY = /^Q(\d+)(S|M|H|D|W|L)$/

/** `H8`, `D10`: a duration of HL7 as number and unit. */
function durationOf(text: string): { value: number; unit: string } | undefined {
  const match = DURATION.exec(text.replace(/\s/g, '').toUpperCase())
  const unit = DURATION_UNITS[match?.[1] ?? '']
  return match === null || unit === undefined ? undefined : { value: Number(match[2]) * unit[1], unit: unit[0] }
}

/** A repeat pattern (`BID`, `Q6H`) as Timing; words that are none stay as its code's text. */
export function repeatPattern(pattern: string): Json | undefined {
  const code = pattern.trim().toUpperCase()
  if (code === '' || code === 'ONCE' || code === '1' || code === '1^ONCE') return undefined
  const perDay = PER_DAY[code]
  const every = EVERY.exec(code)
  const unit = DURATION_UNITS[every?.[2] ?? '']?.[0]
  const repeat: Json | undefined =
    perDay !== undefined
      ? { frequency: perDay, period: 1, periodUnit: 'd' }
      : every !== null && unit !== undefined
        ? { frequency: 1, period: Number(every[1]), periodUnit: unit }
        : undefined
  const known = PATTERN_CODES.has(code)
  const coding = known ? [{ system: 'http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation', code }] : undefined
  return {
    ...(repeat === undefined ? {} : { repeat }),
    code: { ...(coding === undefined ? {} : { coding }), text: pattern.trim() },
  }
}

/** RPT as Timing. */
export function repeatTiming(value: V2Value, run: RunContext): Json | undefined {
  run.took(value.part(1), '.code')
  return repeatPattern(value.partText(1))
}

/** What TQ says of when: pattern, duration or bounds, and how often. */
export function quantityTiming(value: V2Value, run: RunContext): Json | undefined {
  const timing = repeatPattern(value.part(2)?.partText(1) ?? '') ?? {}
  const repeat: Json = typeof timing['repeat'] === 'object' ? { ...timing['repeat'] } : {}
  const [start, end] = [4, 5].map(n => {
    const text = value.partText(n)
    return text === '' ? undefined : fhirDateTime(text, run)
  })
  const duration = durationOf(value.partText(3))
  if (start !== undefined || end !== undefined) {
    repeat['boundsPeriod'] = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) }
  } else if (duration !== undefined) {
    const bounds: Json = { unit: duration.unit, system: UCUM, code: duration.unit }
    repeat['boundsDuration'] = { value: duration.value, ...bounds }
  }
  const count = value.partText(12)
  if (/^[1-9]\d{0,8}$/.test(count)) repeat['count'] = Number(count)
  if (run.explain) for (const n of [2, 3, 4, 5, 12]) run.took(value.part(n), '.timing')
  if (Object.keys(repeat).length > 0) timing['repeat'] = repeat
  return Object.keys(timing).length === 0 ? undefined : timing
}

/** Minutes of a number and its unit, as FHIR counts appointments. */
export function minutesOf(number: string, unit: string): number | undefined {
  if (!isDecimal(number)) return undefined
  const holder: Json = {}
  assignDecimal(holder, 'value', number)
  const code = unit.toLowerCase()
  const factor =
    code === '' || code.startsWith('m')
      ? 1
      : code.startsWith('h')
        ? 60
        : code.startsWith('s')
          ? 1 / 60
          : code.startsWith('d')
            ? 1440
            : undefined
  const minutes = factor === undefined ? undefined : Math.round(Number(holder['value']) * factor)
  return minutes !== undefined && minutes > 0 ? minutes : undefined
}
