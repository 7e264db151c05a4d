import type { Decimal } from '../decimal.ts'
import { Decimal as DecimalValue } from '../decimal.ts'
import { asDecimal } from '../equality.ts'
import { bool, type Collection, EMPTY, integerOf, type Item, single, stringOf, systemValue } from '../item.ts'
import { FhirPathError } from '../issue.ts'
import { memberStep } from '../navigation.ts'
import { FhirNode, isJsonObject } from '../node.ts'
import { Quantity } from '../quantity.ts'
import type { Run } from '../run.ts'
import { temporalBoundary, temporalDigits } from '../temporal-arithmetic.ts'
import { Temporal } from '../temporal.ts'
import { argument, type FunctionDefinition, type FunctionTable, ofCollection, optionalArgument } from './definition.ts'

const trace: FunctionDefinition = {
  min: 1,
  max: 2,
  compile(call) {
    const { source } = call
    const name = argument(call, 0)
    const projection = optionalArgument(call, 1)
    return run => {
      const items = source(run)
      const { trace: report } = run.ports
      if (report === undefined) return items
      const { focus } = run
      const label = stringOf(name(run), 'trace()') ?? ''
      if (projection !== undefined) run.focus = items
      report(label, projection === undefined ? items : projection(run))
      run.focus = focus
      return items
    }
  },
}

/** The moment that the caller says it is: standards/ has no clock. */
function clock(pick: (now: Temporal) => Temporal | undefined): FunctionDefinition {
  return ofCollection((_items, run) => {
    const now = run.now === undefined ? undefined : Temporal.parseDateTime(run.now)?.asDateTime()
    if (now === undefined)
      throw new FhirPathError('port-missing', 'now(), today() and timeOfDay() need the time as an argument')
    const picked = pick(now)
    return picked === undefined ? EMPTY : [picked]
  })
}

/** Most digits that the boundary functions give (FHIRPath §5.5 lowBoundary). */
const BOUNDARY_DIGITS_MAX = 28
const DECIMAL_BOUNDARY_DIGITS = 8

/** A decimal stands for all that round to it: half a unit of its last digit to either side. */
function decimalBoundary(value: Decimal, low: boolean, digits: number): Decimal {
  const half = new DecimalValue(low ? -5n : 5n, value.scale + 1)
  const exact = value.add(half)
  if (digits >= exact.scale) return new DecimalValue(exact.unscaledAt(digits), digits)
  const factor = 10n ** BigInt(exact.scale - digits)
  const whole = exact.unscaled / factor
  const rest = exact.unscaled % factor
  const away = rest !== 0n && low === rest < 0n ? (low ? -1n : 1n) : 0n
  return new DecimalValue(whole + away, digits)
}

function boundaryOf(item: Item, low: boolean, digits: number | undefined): Item | undefined {
  const value = systemValue(item)
  if (value instanceof Temporal) return temporalBoundary(value, low, digits)
  const kept = digits ?? DECIMAL_BOUNDARY_DIGITS
  if (kept < 0 || kept > BOUNDARY_DIGITS_MAX) return undefined
  if (value instanceof Quantity) return new Quantity(decimalBoundary(value.value, low, kept), value.unit)
  const number = value === undefined ? undefined : asDecimal(value)
  return number === undefined ? undefined : decimalBoundary(number, low, kept)
}

function boundary(low: boolean): FunctionDefinition {
  return {
    min: 0,
    max: 1,
    compile(call) {
      const { source, name } = call
      const precision = optionalArgument(call, 0)
      return run => {
        const item = single(source(run), `${name}()`)
        const digits = precision === undefined ? undefined : integerOf(precision(run), `${name}()`)
        const result = item === undefined ? undefined : boundaryOf(item, low, digits)
        return result === undefined ? EMPTY : [result]
      }
    },
  }
}

const precision = ofCollection(items => {
  const item = single(items, 'precision()')
  const value = item === undefined ? undefined : systemValue(item)
  if (value instanceof Temporal) return [temporalDigits(value)]
  const number = value === undefined ? undefined : asDecimal(value)
  return number === undefined ? EMPTY : [number.scale]
})

/** `hasValue()`: one primitive, with a value and not only extensions (R4 fhirpath.html#functions). */
function hasValue(items: Collection): boolean {
  const [item] = items
  if (items.length !== 1 || item === undefined) return false
  if (!(item instanceof FhirNode)) return true
  if (item.value === undefined || item.value === null) return false
  return item.type.system !== undefined || !isJsonObject(item.value)
}

const getValue = ofCollection(items => {
  const [item] = items
  const value = item !== undefined && hasValue(items) ? systemValue(item) : undefined
  return value === undefined ? EMPTY : [value]
})

function ofExtensions(wrap: (found: Collection) => Collection): FunctionDefinition {
  return {
    min: 1,
    max: 1,
    compile(call) {
      const extensions = memberStep(call.source, 'extension')
      const url = argument(call, 0)
      return run => {
        const wanted = stringOf(url(run), `${call.name}()`)
        const matches = (item: Item): boolean =>
          item instanceof FhirNode && isJsonObject(item.value) && item.value['url'] === wanted
        return wrap(extensions(run).filter(matches))
      }
    },
  }
}

type Ask = (run: Run) => ((value: unknown, type: string, url: string) => boolean | undefined) | undefined

/** A function that a port answers: whether an item is in a value set, or conforms to a profile. */
function asked(ask: Ask): FunctionDefinition {
  return {
    min: 1,
    max: 1,
    compile(call) {
      const { source, name } = call
      const url = argument(call, 0)
      return run => {
        const item = single(source(run), `${name}()`)
        const target = stringOf(url(run), `${name}()`)
        if (item === undefined || target === undefined) return EMPTY
        const port = ask(run)
        if (port === undefined)
          throw new FhirPathError('port-missing', `${name}() needs a port that the caller did not give`)
        const isNode = item instanceof FhirNode
        const answer = port(isNode ? item.value : item, isNode ? item.type.name : 'string', target)
        return answer === undefined ? EMPTY : bool(answer)
      }
    },
  }
}

const htmlChecks = ofCollection((items, run) => {
  const item = single(items, 'htmlChecks()')
  const text = item === undefined ? undefined : systemValue(item)
  if (typeof text !== 'string') return EMPTY
  return bool(run.ports.checkHtml?.(text) ?? true)
})

/** FHIRPath 2.0 §5.9 and R4 fhirpath.html#functions. */
export const utilityFunctions: FunctionTable = {
  trace,
  now: clock(now => now),
  today: clock(now => Temporal.parseDateTime(now.text.slice(0, 10))),
  timeOfDay: clock(now => Temporal.parseTime(now.text.slice(11).replace(/(?:Z|[+-]\d\d:\d\d)$/, ''))),
  lowBoundary: boundary(true),
  highBoundary: boundary(false),
  precision,
  hasValue: ofCollection(items => bool(hasValue(items))),
  getValue,
  extension: ofExtensions(found => found),
  /** No function of the standard, but one of R4's search parameters uses it. */
  hasExtension: ofExtensions(found => bool(found.length > 0)),
  memberOf: asked(run => run.ports.memberOf),
  conformsTo: asked(run => run.ports.conformsTo),
  htmlChecks,
}
