import { Decimal } from '../decimal.ts'
import { asDecimal } from '../equality.ts'
import { bool, type Collection, condition, EMPTY, single, systemValue, type SystemValue } from '../item.ts'
import { isCalendarUnit, Quantity } from '../quantity.ts'
import { Temporal } from '../temporal.ts'
import { argument, type FunctionDefinition, type FunctionTable, ofCollection, optionalArgument } from './definition.ts'

type Convert = (value: SystemValue) => SystemValue | undefined

const TRUE_TEXTS: ReadonlySet<string> = new Set(['true', 't', 'yes', 'y', '1', '1.0'])
const FALSE_TEXTS: ReadonlySet<string> = new Set(['false', 'f', 'no', 'n', '0', '0.0'])
const INTEGER_MAX = 2_147_483_647
const QUANTITY = /^([+-]?\d+(?:\.\d+)?)\s*(?:'([^']+)'|([a-zA-Z]+))?$/

const toBoolean: Convert = value => {
  if (typeof value === 'boolean') return value
  const number = asDecimal(value)
  const text = number === undefined ? value : number.trimmed().toString()
  if (typeof text !== 'string') return undefined
  const lower = text.toLowerCase()
  return TRUE_TEXTS.has(lower) ? true : FALSE_TEXTS.has(lower) ? false : undefined
}

const toInteger: Convert = value => {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string' || !/^[+-]?\d+$/.test(value)) return undefined
  const number = Number(value)
  return Math.abs(number) > INTEGER_MAX ? undefined : number
}

const toDecimal: Convert = value => {
  if (typeof value === 'boolean') return Decimal.fromInteger(value ? 1 : 0)
  if (typeof value === 'string') return /^[+-]?\d+(\.\d+)?$/.test(value) ? Decimal.parse(value) : undefined
  return asDecimal(value)
}

const toDate: Convert = value => {
  const temporal = typeof value === 'string' ? Temporal.parseDateTime(value) : value
  if (!(temporal instanceof Temporal) || temporal.kind === 'Time') return undefined
  return temporal.kind === 'Date'
    ? temporal
    : Temporal.parseDateTime(temporal.text.slice(0, temporal.text.indexOf('T')))
}

const toDateTime: Convert = value => {
  const temporal = typeof value === 'string' ? Temporal.parseDateTime(value) : value
  return temporal instanceof Temporal && temporal.kind !== 'Time' ? temporal.asDateTime() : undefined
}

const toTime: Convert = value => {
  const temporal = typeof value === 'string' ? Temporal.parseTime(value.replace(/^T/, '')) : value
  return temporal instanceof Temporal && temporal.kind === 'Time' ? temporal : undefined
}

const toText: Convert = value => {
  if (value instanceof Temporal) return value.kind === 'DateTime' ? value.text.replace(/T$/, '') : value.text
  return String(value)
}

const toQuantity: Convert = value => {
  if (value instanceof Quantity) return value
  if (typeof value === 'boolean') return new Quantity(Decimal.fromInteger(value ? 1 : 0), '1')
  if (typeof value === 'string') {
    const match = QUANTITY.exec(value)
    const number = match?.[1] === undefined ? undefined : Decimal.parse(match[1])
    if (match === null || number === undefined) return undefined
    if (match[3] !== undefined && !isCalendarUnit(match[3])) return undefined
    return new Quantity(number, match[2] ?? match[3] ?? '1')
  }
  const number = asDecimal(value)
  return number === undefined ? undefined : new Quantity(number, '1')
}

function converted(items: Collection, what: string, convert: Convert): SystemValue | undefined {
  const item = single(items, what)
  const value = item === undefined ? undefined : systemValue(item)
  return value === undefined ? undefined : convert(value)
}

/** `toX()`, and `convertsToX()` that says whether it would give something (FHIRPath 2.0 §5.5). */
function conversion(type: string, convert: Convert): FunctionTable {
  return {
    [`to${type}`]: ofCollection(items => {
      const value = converted(items, `to${type}()`, convert)
      return value === undefined ? EMPTY : [value]
    }),
    [`convertsTo${type}`]: ofCollection(items =>
      items.length === 0 ? EMPTY : bool(converted(items, `convertsTo${type}()`, convert) !== undefined),
    ),
  }
}

/** `toQuantity(unit)` also asks that the unit be the given one. */
function quantityFunction(
  base: FunctionDefinition,
  wrap: (value: Quantity | undefined) => Collection,
): FunctionDefinition {
  return {
    min: 0,
    max: 1,
    compile(call) {
      if (call.arguments.length === 0) return base.compile(call)
      const { source } = call
      const unit = argument(call, 0)
      return run => {
        const items = source(run)
        if (items.length === 0) return EMPTY
        const value = converted(items, 'toQuantity()', toQuantity)
        const [wanted] = unit(run)
        return wrap(value instanceof Quantity && value.unit === wanted ? value : undefined)
      }
    },
  }
}

/** The criterion and the branches see the whole collection as their focus (FHIRPath 2.0 §5.5.1). */
const iif: FunctionDefinition = {
  min: 2,
  max: 3,
  compile(call) {
    const { source } = call
    const criterion = argument(call, 0)
    const whenTrue = argument(call, 1)
    const otherwise = optionalArgument(call, 2)
    return run => {
      const { focus } = run
      run.focus = source(run)
      single(run.focus, 'iif()')
      const holds = condition(criterion(run), 'iif()') === true
      const result = holds ? whenTrue(run) : (otherwise?.(run) ?? EMPTY)
      run.focus = focus
      return result
    }
  },
}

const simple: FunctionTable = Object.assign(
  {},
  conversion('Boolean', toBoolean),
  conversion('Integer', toInteger),
  conversion('Decimal', toDecimal),
  conversion('Date', toDate),
  conversion('DateTime', toDateTime),
  conversion('Time', toTime),
  conversion('String', toText),
  conversion('Quantity', toQuantity),
)

function simpleFunction(name: string): FunctionDefinition {
  const definition = simple[name]
  if (definition === undefined) throw new Error(`The table of conversions lacks ${name}`)
  return definition
}

/** FHIRPath 2.0 §5.5. */
export const conversionFunctions: FunctionTable = {
  ...simple,
  toQuantity: quantityFunction(simpleFunction('toQuantity'), value => (value === undefined ? EMPTY : [value])),
  convertsToQuantity: quantityFunction(simpleFunction('convertsToQuantity'), value => bool(value !== undefined)),
  iif,
}

/** The text that `toString()` gives. */
export function textOf(value: SystemValue): string {
  return String(toText(value))
}
