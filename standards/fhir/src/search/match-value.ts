import { foldText } from './fold-text.ts'
import type {
  DateValue,
  IndexValue,
  NumberValue,
  QuantityValue,
  ReferenceValue,
  StringValue,
  TokenValue,
} from './index-value.ts'
import type { MatchPorts } from './match-ports.ts'
import type { Modifier, NumberSearch, Prefix, QuantitySearch, ReferenceSearch, SearchValue } from './query.ts'

/** Whether one value of a resource is what one value of a search asks for; `undefined` when a port would have to say. */
export function matchValue(
  value: IndexValue,
  wanted: SearchValue,
  modifier: Modifier | undefined,
  ports: MatchPorts,
): boolean | undefined {
  switch (value.type) {
    case 'string':
      return wanted.type === 'string' && matchString(value, wanted.text, modifier)
    case 'token':
      return matchToken(value, wanted, modifier, ports)
    case 'date':
      return wanted.type === 'date' && matchDate(value, wanted, modifier, ports.nowMs)
    case 'number':
      return wanted.type === 'number' && matchNumber(value, wanted)
    case 'quantity':
      return wanted.type === 'quantity' && matchQuantity(value, wanted, ports)
    case 'reference':
      return matchReference(value, wanted, modifier, ports)
    case 'uri':
      return wanted.type === 'uri' && matchUri(value.uri, wanted.uri, modifier)
    case 'composite':
      return wanted.type === 'composite' && matchComposite(value.components, wanted.components, ports)
    case 'position':
      return wanted.type === 'near' && distanceKm(value, wanted) <= wanted.distanceKm
  }
}

/** By default a value begins with the text, without regard to case and accents (R4 search.html#string). */
function matchString(value: StringValue, text: string, modifier: Modifier | undefined): boolean {
  if (modifier === 'exact') return value.exact === text
  const folded = foldText(text)
  if (modifier === 'contains') return value.folded.includes(folded)
  if (modifier === 'ends') return value.folded.endsWith(folded)
  return modifier === 'equal' ? value.folded === folded : value.folded.startsWith(folded)
}

function matchToken(
  value: TokenValue,
  wanted: SearchValue,
  modifier: Modifier | undefined,
  ports: MatchPorts,
): boolean | undefined {
  switch (wanted.type) {
    case 'string':
      return value.text?.startsWith(foldText(wanted.text)) === true
    case 'of-type':
      return (
        value.code === wanted.value &&
        value.identifierTypes?.some(type => type.system === wanted.system && type.code === wanted.code) === true
      )
    case 'value-set':
      return value.code === undefined ? false : ports.inValueSet?.(value.system, value.code, wanted.url)
    case 'token': {
      if (modifier !== 'below' && modifier !== 'above') return isToken(value, wanted.system, wanted.code)
      if (value.code === undefined || wanted.code === undefined) return false
      const own = { system: value.system, code: value.code }
      const other = { system: wanted.system, code: wanted.code }
      return modifier === 'below' ? ports.subsumes?.(other, own) : ports.subsumes?.(own, other)
    }
    default:
      return false
  }
}

/** A value without a system is a plain code, whose system its element tells: any that is asked for fits. */
function isToken(value: TokenValue, system: string | undefined, code: string | undefined): boolean {
  if (code !== undefined && value.code !== code) return false
  if (code === undefined && value.code === undefined) return false
  return system === undefined || value.system === undefined || value.system === system
}

/** A tenth of the time between now and the date, as the standard recommends (R4 search.html#prefix). */
const APPROXIMATION = 0.1

/**
 * What lasts is `ge` a day when any of it is on that day or after it, and `le` when any of it is on that day or before it:
 * a period that ends on the day is both (R4 search.html#prefix).
 */
function matchDate(
  value: DateValue,
  wanted: SearchValue & { readonly type: 'date' },
  modifier: Modifier | undefined,
  nowMs: number | undefined,
): boolean | undefined {
  const { lowMs, highMs } = wanted
  const overlaps = (low: number, high: number): boolean => value.lowMs < high && value.highMs > low
  if (modifier === 'overlaps') return overlaps(lowMs, highMs)
  switch (wanted.prefix) {
    case 'eq':
      return lowMs <= value.lowMs && value.highMs <= highMs
    case 'ne':
      return !(lowMs <= value.lowMs && value.highMs <= highMs)
    case 'gt':
      return value.highMs > highMs
    case 'lt':
      return value.lowMs < lowMs
    case 'ge':
      return value.highMs > lowMs
    case 'le':
      return value.lowMs < highMs
    case 'sa':
      return value.lowMs >= highMs
    case 'eb':
      return value.highMs <= lowMs
    case 'ap': {
      if (nowMs === undefined) return undefined
      const slackMs = Math.abs(nowMs - (lowMs + highMs) / 2) * APPROXIMATION
      return overlaps(lowMs - slackMs, highMs + slackMs)
    }
  }
}

interface Bounds {
  readonly low: number
  readonly high: number
}

function matchNumber(value: NumberValue, wanted: NumberSearch): boolean {
  return comparedNumber(value, wanted.prefix, wanted)
}

/**
 * A number of a resource is exact; a Range is all between its bounds. The number of a search is a range by its digits for
 * `eq` and `ne`, and exact for the other prefixes (R4 search.html#number).
 */
function comparedNumber(own: Bounds, prefix: Prefix, wanted: Bounds & { readonly value: number }): boolean {
  const { value } = wanted
  switch (prefix) {
    case 'eq':
      return within(own, wanted)
    case 'ne':
      return !within(own, wanted)
    case 'gt':
      return own.high > value
    case 'lt':
      return own.low < value
    case 'ge':
      return own.high >= value
    case 'le':
      return own.low <= value
    case 'sa':
      return own.low > value
    case 'eb':
      return own.high < value
    case 'ap': {
      const slack = Math.abs(value) * APPROXIMATION
      return own.low <= value + slack && own.high >= value - slack
    }
  }
}

function within(own: Bounds, wanted: Bounds): boolean {
  return own.low >= wanted.low && own.high < wanted.high
}

const UCUM = 'http://unitsofmeasure.org'

/** The same unit is compared as it is; another of UCUM in the base unit of its kind, where a port knows it. */
function matchQuantity(value: QuantityValue, wanted: QuantitySearch, ports: MatchPorts): boolean {
  const { system, code } = wanted
  if (code === undefined && system === undefined) return comparedNumber(value, wanted.prefix, wanted)
  if (system !== undefined && value.system !== system) return false
  if (code === undefined) return comparedNumber(value, wanted.prefix, wanted)
  const sameUnit = value.code === code || (system === undefined && value.unit === code)
  if (sameUnit) return comparedNumber(value, wanted.prefix, wanted)
  if (value.canonical === undefined || (system !== undefined && system !== UCUM)) return false
  const base = canonicalSearch(wanted, code, ports)
  return base?.unit === value.canonical.unit && comparedNumber(value.canonical, wanted.prefix, base)
}

function canonicalSearch(
  wanted: QuantitySearch,
  unit: string,
  ports: MatchPorts,
): (Bounds & { readonly value: number; readonly unit: string }) | undefined {
  const of = (number: number): { readonly value: string; readonly unit: string } | undefined =>
    ports.ucum?.canonical(String(number), unit)
  const value = of(wanted.value)
  const low = of(wanted.low)
  const high = of(wanted.high)
  if (value === undefined || low === undefined || high === undefined) return undefined
  return { value: Number(value.value), low: Number(low.value), high: Number(high.value), unit: value.unit }
}

function matchReference(
  value: ReferenceValue,
  wanted: SearchValue,
  modifier: Modifier | undefined,
  ports: MatchPorts,
): boolean | undefined {
  if (wanted.type === 'token') {
    const { identifier } = value
    if (modifier !== 'identifier' || identifier === undefined) return false
    return isToken({ type: 'token', system: identifier.system, code: identifier.value }, wanted.system, wanted.code)
  }
  if (wanted.type !== 'reference') return false
  if (modifier === 'below' || modifier === 'above') return matchHierarchy(value, wanted, modifier, ports)
  return isReference(value, wanted)
}

function isReference(value: ReferenceValue, wanted: ReferenceSearch): boolean {
  if (wanted.version !== undefined && value.version !== wanted.version) return false
  if (wanted.url !== undefined) return value.url === wanted.url
  // An id alone, or a type and an id, mean this server's own.
  if (value.url !== undefined || value.targetId !== wanted.targetId) return false
  return wanted.targetType === undefined || value.targetType === wanted.targetType
}

/** For a canonical, versions that begin with the given one lie below it; otherwise a port knows the hierarchy. */
function matchHierarchy(
  value: ReferenceValue,
  wanted: ReferenceSearch,
  modifier: 'below' | 'above',
  ports: MatchPorts,
): boolean | undefined {
  if (wanted.url !== undefined) return value.url !== undefined && matchCanonical(value, wanted, modifier)
  if (isReference(value, wanted)) return true
  if (modifier === 'above' || wanted.targetId === undefined) return undefined
  return ports.isBelow?.(value, wanted.targetType, wanted.targetId)
}

function matchCanonical(value: ReferenceValue, wanted: ReferenceSearch, modifier: 'below' | 'above'): boolean {
  if (value.url !== wanted.url) return matchUri(value.url ?? '', wanted.url ?? '', modifier)
  const [upper, lower] = modifier === 'below' ? [wanted.version, value.version] : [value.version, wanted.version]
  return upper === undefined || lower === upper || lower?.startsWith(`${upper}.`) === true
}

/** `:below` finds what has the address as its beginning, at the end of a part; `:above` the other way (R4 search.html#uri). */
function matchUri(uri: string, wanted: string, modifier: Modifier | undefined): boolean {
  if (uri === wanted) return true
  if (modifier === 'below') return isPart(uri, wanted)
  return modifier === 'above' && isPart(wanted, uri)
}

function isPart(whole: string, start: string): boolean {
  if (!whole.startsWith(start)) return false
  return /[/?#]$/.test(start) || /^[/?#]/.test(whole.slice(start.length))
}

function matchComposite(
  components: readonly (readonly IndexValue[])[],
  wanted: readonly SearchValue[],
  ports: MatchPorts,
): boolean | undefined {
  let unknown = false
  for (const [index, part] of wanted.entries()) {
    const results = (components[index] ?? []).map(value => matchValue(value, part, undefined, ports))
    if (results.includes(true)) continue
    if (!results.includes(undefined)) return false
    unknown = true
  }
  return unknown ? undefined : true
}

const EARTH_RADIUS_KM = 6371.0088

/** Great-circle distance on a sphere of the Earth's mean radius. */
function distanceKm(
  from: { readonly latitude: number; readonly longitude: number },
  to: { readonly latitude: number; readonly longitude: number },
): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180
  const latitude = Math.sin(radians(to.latitude - from.latitude) / 2) ** 2
  const longitude = Math.sin(radians(to.longitude - from.longitude) / 2) ** 2
  const haversine = latitude + Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * longitude
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)))
}
