import { decimalText } from '../json/decimal-literals.ts'
import { type FhirNode, isJsonObject, type JsonObject } from '../fhirpath/node.ts'
import type { UcumPort } from '../fhirpath/quantity.ts'
import type { CanonicalRange, NumberValue, QuantityValue } from './index-value.ts'
import { optional, text } from './token-values.ts'

const UCUM = 'http://unitsofmeasure.org'
const CURRENCY = 'urn:iso:std:iso:4217'

/** The numbers that an element has: a number, or the bounds of a Range. */
export function numberValues(node: FhirNode): readonly NumberValue[] {
  const { value } = node
  if (typeof value === 'number') return [{ type: 'number', low: value, high: value }]
  if (!isJsonObject(value) || node.type.name !== 'Range') return []
  const low = numberIn(value['low'])
  const high = numberIn(value['high'])
  if (low === undefined && high === undefined) return []
  return [{ type: 'number', low: low ?? Number.NEGATIVE_INFINITY, high: high ?? Number.POSITIVE_INFINITY }]
}

function numberIn(quantity: unknown): number | undefined {
  const value = isJsonObject(quantity) ? quantity['value'] : undefined
  return typeof value === 'number' ? value : undefined
}

/**
 * The quantities that an element has: of a Quantity and what comes from it, of Money with its currency, of a Range with
 * its bounds. A comparator opens one side. A number without a unit is a quantity too.
 */
export function quantityValues(node: FhirNode, ucum: UcumPort | undefined): readonly QuantityValue[] {
  const { value, type } = node
  if (typeof value === 'number') return [{ type: 'quantity', low: value, high: value }]
  if (!isJsonObject(value)) return []
  if (type.name === 'Money') return moneyValue(value)
  if (type.name === 'Range') return rangeValue(value, ucum)
  const number = numberIn(value)
  if (number === undefined) return []
  const range = compared(number, value['comparator'])
  const literal = decimalText(value, 'value') ?? String(number)
  const base = canonicalOf(literal, value, ucum)
  const canonical = base === undefined ? undefined : { ...compared(base.value, value['comparator']), unit: base.unit }
  return [{ type: 'quantity', ...range, ...unitOf(value), ...optional('canonical', canonical) }]
}

/** `<` and `<=` are open below, `>` and `>=` above: the value is a limit of what was measured. */
function compared(number: number, comparator: unknown): { readonly low: number; readonly high: number } {
  if (comparator === '<' || comparator === '<=') return { low: Number.NEGATIVE_INFINITY, high: number }
  if (comparator === '>' || comparator === '>=') return { low: number, high: Number.POSITIVE_INFINITY }
  return { low: number, high: number }
}

function unitOf(quantity: JsonObject): Pick<QuantityValue, 'system' | 'code' | 'unit'> {
  return {
    ...optional('system', text(quantity['system'])),
    ...optional('code', text(quantity['code'])),
    ...optional('unit', text(quantity['unit'])),
  }
}

function moneyValue(money: JsonObject): readonly QuantityValue[] {
  const number = numberIn(money)
  if (number === undefined) return []
  const code = text(money['currency'])
  return [
    {
      type: 'quantity',
      low: number,
      high: number,
      ...(code === undefined ? {} : { system: CURRENCY, code, unit: code }),
    },
  ]
}

function rangeValue(range: JsonObject, ucum: UcumPort | undefined): readonly QuantityValue[] {
  const low = isJsonObject(range['low']) ? range['low'] : undefined
  const high = isJsonObject(range['high']) ? range['high'] : undefined
  const lowNumber = numberIn(low)
  const highNumber = numberIn(high)
  const bound = low ?? high
  if (bound === undefined || (lowNumber === undefined && highNumber === undefined)) return []
  return [
    {
      type: 'quantity',
      low: lowNumber ?? Number.NEGATIVE_INFINITY,
      high: highNumber ?? Number.POSITIVE_INFINITY,
      ...unitOf(bound),
      ...optional('canonical', canonicalRange(low, high, ucum)),
    },
  ]
}

function canonicalRange(
  low: JsonObject | undefined,
  high: JsonObject | undefined,
  ucum: UcumPort | undefined,
): CanonicalRange | undefined {
  const from = low === undefined ? undefined : canonicalOf(decimalText(low, 'value'), low, ucum)
  const to = high === undefined ? undefined : canonicalOf(decimalText(high, 'value'), high, ucum)
  const unit = from?.unit ?? to?.unit
  if (unit === undefined || (from !== undefined && to !== undefined && from.unit !== to.unit)) return undefined
  return { low: from?.value ?? Number.NEGATIVE_INFINITY, high: to?.value ?? Number.POSITIVE_INFINITY, unit }
}

function canonicalOf(
  literal: string | undefined,
  quantity: JsonObject,
  ucum: UcumPort | undefined,
): { readonly value: number; readonly unit: string } | undefined {
  const code = text(quantity['code'])
  if (ucum === undefined || literal === undefined || code === undefined || quantity['system'] !== UCUM) return undefined
  const canonical = ucum.canonical(literal, code)
  return canonical === undefined ? undefined : { value: Number(canonical.value), unit: canonical.unit }
}
