import type { SearchParameter } from '../definitions/index.ts'
import { parseReference } from '../fhirpath/reference.ts'
import { dateRange, type LocalZone } from './date-range.ts'
import { splitEscaped, unescapeValue } from './escape.ts'
import { NEAR_DISTANCE_KM_DEFAULT } from './limits.ts'
import { impliedRange } from './number-range.ts'
import type { Modifier, NumberSearch, Prefix, SearchValue } from './query.ts'
import type { IsOwnBase } from './reference-values.ts'
import type { SearchParameters, SearchType } from './search-parameters.ts'

/** What a value is read with. */
export interface ValueContext {
  readonly parameters: SearchParameters
  readonly zone: LocalZone
  /** Which absolute references mean this server. */
  readonly isOwnBase: IsOwnBase
}

/** A value, or what is wrong with it: how it should be written. */
export type ValueResult =
  | { readonly ok: true; readonly value: SearchValue }
  | { readonly ok: false; readonly code: 'value-malformed' | 'prefix-invalid'; readonly text: string }

const PREFIX = /^([a-z]{2})(?=[\d.+-])/
const PREFIXES: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'])
const ID = /^[A-Za-z0-9\-.]{1,64}$/

function malformed(text: string): ValueResult {
  return { ok: false, code: 'value-malformed', text }
}

function value(found: SearchValue): ValueResult {
  return { ok: true, value: found }
}

/** Reads one value, escapes and all: what is between two commas. */
export function parseValue(
  raw: string,
  parameter: Pick<SearchParameter, 'type' | 'component'>,
  modifier: Modifier | undefined,
  context: ValueContext,
): ValueResult {
  if (raw === '') return malformed('a value is expected')
  switch (modifier) {
    case 'text':
      return value({ type: 'string', text: unescapeValue(raw) })
    case 'in':
    case 'not-in':
      return value({ type: 'value-set', url: unescapeValue(raw) })
    case 'of-type':
      return parseOfType(raw)
    case 'identifier':
      return parseToken(raw)
    default:
      return parsePlain(raw, parameter, context)
  }
}

function parsePlain(
  raw: string,
  parameter: Pick<SearchParameter, 'type' | 'component'>,
  context: ValueContext,
): ValueResult {
  switch (parameter.type) {
    case 'string':
      return value({ type: 'string', text: unescapeValue(raw) })
    case 'token':
      return parseToken(raw)
    case 'uri':
      return value({ type: 'uri', uri: unescapeValue(raw) })
    case 'number':
      return parseNumber(raw)
    case 'quantity':
      return parseQuantity(raw)
    case 'date':
      return parseDate(raw, context.zone)
    case 'reference':
      return parseReferenceValue(unescapeValue(raw), context.isOwnBase)
    case 'composite':
      return parseComposite(raw, parameter, context)
    case 'special':
      return parseNear(raw)
  }
}

function parseToken(raw: string): ValueResult {
  const parts = splitEscaped(raw, '|').map(unescapeValue)
  const [first = '', second] = parts
  if (parts.length > 2) return malformed('a token is written [code], [system]|[code], |[code] or [system]|')
  if (second === undefined) return value({ type: 'token', code: first })
  if (second === '' && first === '') return malformed('a token has a system or a code')
  return value({ type: 'token', system: first, ...(second === '' ? {} : { code: second }) })
}

function parseOfType(raw: string): ValueResult {
  const [system = '', code = '', of = '', ...rest] = splitEscaped(raw, '|').map(unescapeValue)
  if (rest.length > 0 || code === '' || of === '')
    return malformed(
      'with :of-type, a value is written [system]|[code]|[value]: the type of the identifier, and the identifier',
    )
  return value({ type: 'of-type', system, code, value: of })
}

/** Takes the prefix off: `eq` when there is none, `undefined` for one that does not exist. */
function splitPrefix(raw: string): { readonly prefix: Prefix; readonly rest: string } | undefined {
  const match = PREFIX.exec(raw)
  if (match?.[1] === undefined) return { prefix: 'eq', rest: raw }
  // One of the set, which has the members of the type.
  return PREFIXES.has(match[1]) ? { prefix: match[1] as Prefix, rest: raw.slice(2) } : undefined
}

function prefixInvalid(): ValueResult {
  return { ok: false, code: 'prefix-invalid', text: `the prefixes are ${[...PREFIXES].join(', ')}` }
}

function numberSearch(text: string, prefix: Prefix): Omit<NumberSearch, 'type'> | undefined {
  const range = impliedRange(text)
  if (range === undefined) return undefined
  return { prefix, text, value: range.value.toNumber(), low: range.low.toNumber(), high: range.high.toNumber() }
}

function parseNumber(raw: string): ValueResult {
  const parts = splitPrefix(raw)
  if (parts === undefined) return prefixInvalid()
  const number = numberSearch(parts.rest, parts.prefix)
  return number === undefined
    ? malformed('a number is expected, such as 100, 0.50 or 1e-2')
    : value({ type: 'number', ...number })
}

function parseQuantity(raw: string): ValueResult {
  const [first = '', system, code, ...rest] = splitEscaped(raw, '|').map(unescapeValue)
  const parts = splitPrefix(first)
  if (parts === undefined) return prefixInvalid()
  const number = numberSearch(parts.rest, parts.prefix)
  if (number === undefined || rest.length > 0 || (system !== undefined && code === undefined))
    return malformed('a quantity is written [number], [number]|[system]|[code] or [number]||[code]')
  return value({
    type: 'quantity',
    ...number,
    ...(system === undefined || system === '' ? {} : { system }),
    ...(code === undefined || code === '' ? {} : { code }),
  })
}

function parseDate(raw: string, zone: LocalZone): ValueResult {
  const parts = splitPrefix(raw)
  if (parts === undefined) return prefixInvalid()
  // A plus sign of a time zone that was not encoded has become a space.
  const text = parts.rest.replace(/ (?=\d\d:\d\d$)/, '+')
  const range = dateRange(text, zone)
  if (range === undefined)
    return malformed('a date is written YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss][Z|+hh:mm]')
  return value({ type: 'date', prefix: parts.prefix, text, ...range })
}

function parseReferenceValue(text: string, isOwnBase: IsOwnBase): ValueResult {
  if (ID.test(text)) return value({ type: 'reference', targetId: text })
  const { base, type, id, version } = parseReference(text)
  const versioned = version === undefined ? {} : { version }
  if (id !== undefined && type !== undefined && (base === undefined || isOwnBase(base)))
    return value({ type: 'reference', targetType: type, targetId: id, ...versioned })
  if (id !== undefined && type !== undefined && base !== undefined)
    return value({ type: 'reference', targetType: type, targetId: id, url: `${base}/${type}/${id}`, ...versioned })
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(text))
    return malformed('a reference is written [id], [type]/[id] or as an absolute URL')
  const bar = text.lastIndexOf('|')
  return value(
    bar === -1
      ? { type: 'reference', url: text }
      : { type: 'reference', url: text.slice(0, bar), version: text.slice(bar + 1) },
  )
}

function parseComposite(
  raw: string,
  parameter: Pick<SearchParameter, 'component'>,
  context: ValueContext,
): ValueResult {
  const definitions = parameter.component ?? []
  const parts = splitEscaped(raw, '$')
  if (parts.length !== definitions.length)
    return malformed(`${definitions.length} values with $ between are expected, and there are ${parts.length}`)
  const components: SearchValue[] = []
  for (const [index, definition] of definitions.entries()) {
    const component = context.parameters.byUrl(definition.definition)
    if (component === undefined) return malformed(`the definition ${definition.definition} is not known`)
    const part = parseValue(parts[index] ?? '', component, undefined, context)
    if (!part.ok) return { ...part, text: `in value ${index + 1}: ${part.text}` }
    components.push(part.value)
  }
  return value({ type: 'composite', components })
}

/** Kilometres in a unit; R4 names km and mi, and UCUM's mile is written in brackets. */
const KILOMETRES: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    km: 1,
    m: 0.001,
    mi: 1.609344,
    '[mi_i]': 1.609344,
    mi_us: 1.609347,
  }),
)

function parseNear(raw: string): ValueResult {
  const [latitudeText = '', longitudeText = '', distanceText, unit = 'km', ...rest] = splitEscaped(raw, '|').map(
    unescapeValue,
  )
  const latitude = decimal(latitudeText)
  const longitude = decimal(longitudeText)
  const distance = distanceText === undefined || distanceText === '' ? undefined : decimal(distanceText)
  const factor = KILOMETRES.get(unit === '' ? 'km' : unit)
  const given = distanceText !== undefined && distanceText !== ''
  if (
    latitude === undefined ||
    longitude === undefined ||
    Math.abs(latitude) > 90 ||
    Math.abs(longitude) > 180 ||
    factor === undefined ||
    (given && (distance === undefined || distance < 0)) ||
    rest.length > 0
  )
    return malformed('a place is written [latitude]|[longitude]|[distance]|[unit], in degrees, with km, m or mi')
  const distanceKm = distance === undefined ? NEAR_DISTANCE_KM_DEFAULT : distance * factor
  return value({ type: 'near', latitude, longitude, distanceKm })
}

function decimal(text: string): number | undefined {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined
}

/** Modifiers that each type of parameter has, besides `:missing` and the type of a reference (R4 search.html#modifiers). */
export const MODIFIERS: Readonly<Record<SearchType, readonly Modifier[]>> = {
  string: ['exact', 'contains'],
  token: ['text', 'not', 'above', 'below', 'in', 'not-in', 'of-type'],
  reference: ['identifier', 'above', 'below'],
  uri: ['above', 'below'],
  number: [],
  date: [],
  quantity: [],
  composite: [],
  special: [],
}
