import { type FhirNode, isJsonObject } from '../fhirpath/node.ts'
import { type DateRange, dateRange, type LocalZone } from './date-range.ts'
import type { DateValue } from './index-value.ts'

/**
 * When an element is: by the precision of a date; from the start of a period to its end, open where either is missing;
 * for a Timing its outer limits, since the schedule within does not count (R4 search.html#date).
 */
export function dateValues(node: FhirNode, zone: LocalZone): readonly DateValue[] {
  const range = rangeOf(node.value, node.type.name, zone)
  return range === undefined ? [] : [{ type: 'date', lowMs: range.lowMs, highMs: range.highMs }]
}

function rangeOf(value: unknown, typeName: string, zone: LocalZone): DateRange | undefined {
  if (typeof value === 'string') return dateRange(value, zone)
  if (!isJsonObject(value)) return undefined
  if (typeName === 'Period') return periodRange(value['start'], value['end'], zone)
  if (typeName === 'Timing') return timingRange(value['event'], value['repeat'], zone)
  return undefined
}

function periodRange(start: unknown, end: unknown, zone: LocalZone): DateRange | undefined {
  const from = typeof start === 'string' ? dateRange(start, zone) : undefined
  const to = typeof end === 'string' ? dateRange(end, zone) : undefined
  if (from === undefined && to === undefined) return undefined
  return { lowMs: from?.lowMs ?? Number.NEGATIVE_INFINITY, highMs: to?.highMs ?? Number.POSITIVE_INFINITY }
}

function timingRange(event: unknown, repeat: unknown, zone: LocalZone): DateRange | undefined {
  const ranges: DateRange[] = []
  for (const each of Array.isArray(event) ? event : []) {
    const range = typeof each === 'string' ? dateRange(each, zone) : undefined
    if (range !== undefined) ranges.push(range)
  }
  const bounds = isJsonObject(repeat) ? repeat['boundsPeriod'] : undefined
  const period = isJsonObject(bounds) ? periodRange(bounds['start'], bounds['end'], zone) : undefined
  if (period !== undefined) ranges.push(period)
  if (ranges.length === 0) return undefined
  return {
    lowMs: Math.min(...ranges.map(range => range.lowMs)),
    highMs: Math.max(...ranges.map(range => range.highMs)),
  }
}
