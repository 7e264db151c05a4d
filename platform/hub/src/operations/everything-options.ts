import { dateRange, type Pair, UTC } from '@samband/fhir/search'
import type { OperationCall } from '../http/operation-answers.ts'
import { cursorParameter } from '../http/page-links.ts'
import type { CareDates } from './everything-members.ts'
import { type OperationInput, readInput, refuseParameter } from './operation-input.ts'

export type EverythingOptions = {
  /** Care within these dates; what has no date of care is given in any case. */
  readonly dates?: CareDates
  /** Changed after it. */
  readonly sinceMs?: number
  readonly types?: ReadonlySet<string>
  readonly count?: number
  readonly cursor?: string
  /** As written, without the cursor: for the links of pages. */
  readonly pairs: readonly Pair[]
}

const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** @throws HubError 400 */
export function readOptions(call: OperationCall): EverythingOptions {
  const dates = call.type === 'Patient' ? ['start', 'end'] : []
  const input = readInput(call, { values: [...dates, '_since', '_type', '_count', cursorParameter] })
  const cursor = input.one(cursorParameter)
  const since = sinceMs(input)
  const care = careDates(input)
  const types = typesOf(input)
  const count = countOf(input)
  return {
    pairs: input.pairs.filter(([name]) => name !== cursorParameter),
    ...(care === undefined ? {} : { dates: care }),
    ...(since === undefined ? {} : { sinceMs: since }),
    ...(types === undefined ? {} : { types }),
    ...(count === undefined ? {} : { count }),
    ...(cursor === undefined ? {} : { cursor }),
  }
}

function careDates(input: OperationInput): CareDates | undefined {
  const [start, end] = ['start', 'end'].map(name => {
    const written = input.one(name)
    if (written === undefined) return undefined
    const range = dateRange(written, UTC)
    if (range === undefined) refuseParameter(name, 'it is a date, such as 2026-03-04')
    return range
  })
  if (start === undefined && end === undefined) return undefined
  const dates = { lowMs: start?.lowMs ?? Number.NEGATIVE_INFINITY, highMs: end?.highMs ?? Number.POSITIVE_INFINITY }
  if (dates.lowMs >= dates.highMs) refuseParameter('end', 'it comes after start')
  return dates
}

function sinceMs(input: OperationInput): number | undefined {
  const written = input.one('_since')
  if (written === undefined) return undefined
  const ms = instantForm.test(written) ? Date.parse(written) : Number.NaN
  if (Number.isNaN(ms)) refuseParameter('_since', 'it is an instant with a time zone, such as 2026-03-04T12:00:00Z')
  return ms
}

function typesOf(input: OperationInput): ReadonlySet<string> | undefined {
  const written = input.all('_type')
  if (written.length === 0) return undefined
  const types = written.flatMap(value => value.split(',')).map(type => type.trim())
  if (types.some(type => !/^[A-Z][A-Za-z]+$/.test(type))) refuseParameter('_type', 'it lists resource types')
  return new Set(types)
}

function countOf(input: OperationInput): number | undefined {
  const written = input.one('_count')
  if (written === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(written)) refuseParameter('_count', 'it is a number, 1 or more')
  return Number(written)
}
