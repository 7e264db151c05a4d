import type { V2Value } from '../read/v2-value.ts'
import type { Json, RunContext } from '../run/run-context.ts'
import { codingSystem } from './code-systems.ts'
import { assignDecimal, isDecimal } from './primitive.ts'
import { fhirDateTime } from './timestamps.ts'

const UCUM = 'http://unitsofmeasure.org'

/** Unit of a CWE: code and system where the sender names one, its words otherwise (`CWE[Quantity]`). */
export function unitOf(value: V2Value, run: RunContext): Json | undefined {
  const code = value.partText(1)
  const text = value.partText(2)
  const name = value.partText(3)
  if (code === '' && text === '') return undefined
  if (run.explain) {
    run.took(value.part(1), '.code')
    run.took(value.part(2), '.unit')
    run.took(value.part(3), '.system')
  }
  const unit = text === '' ? code : text
  if (name === '' || code === '') return { unit }
  const system = codingSystem(name, value.partText(14), run)
  return { unit, ...(system === undefined ? {} : { system }), code }
}

/** A Quantity of a number as it was written; undefined, with an issue, where it is none. */
export function decimalQuantity(text: string, run: RunContext, name = 'value'): Json | undefined {
  if (!isDecimal(text)) {
    run.issue('value-invalid', 'warning', 'The value is no number and was left out')
    return undefined
  }
  const quantity: Json = {}
  assignDecimal(quantity, name, text)
  return quantity
}

const COMPARED = /^(<=|>=|<|>)\s*(.+)$/

/** NM as Quantity. Many send `<0.5`, which NM does not allow and everybody understands; what is no number is left to be text. */
export function numericQuantity(value: V2Value, run: RunContext): Json | undefined {
  const [, comparator, compared] = COMPARED.exec(value.text) ?? []
  const number = compared ?? value.text
  if (!isDecimal(number)) return undefined
  run.took(value, '.value')
  const quantity = decimalQuantity(number, run)
  return comparator === undefined ? quantity : { ...quantity, comparator }
}

/** The text of an NM that is no number. */
export function numericText(value: V2Value, run: RunContext): string | undefined {
  const text = value.whole.trim()
  if (isDecimal(COMPARED.exec(text)?.[2] ?? text)) return undefined
  run.took(value)
  return text
}

/** CQ: a number and its unit, which is UCUM where nothing else is said. */
export function compositeQuantity(value: V2Value, run: RunContext): Json | undefined {
  const number = value.partText(1)
  if (number === '') return undefined
  run.took(value.part(1), '.value')
  const quantity = decimalQuantity(number, run)
  const unitPart = value.part(2)
  return quantity && { ...quantity, ...(unitPart === undefined ? {} : unitOf(unitPart, run)) }
}

/** SN as Quantity: comparator and number. */
export function structuredQuantity(value: V2Value, run: RunContext): Json | undefined {
  const comparator = value.partText(1)
  const quantity = decimalQuantity(value.partText(2), run)
  run.took(value.part(1), '.comparator')
  run.took(value.part(2), '.value')
  if (quantity === undefined) return undefined
  return ['<', '<=', '>', '>='].includes(comparator) ? { ...quantity, comparator } : quantity
}

export function structuredRange(value: V2Value, run: RunContext): Json | undefined {
  return twoSided(value, run, 2, 4, 'low', 'high')
}

export function structuredRatio(value: V2Value, run: RunContext): Json | undefined {
  return twoSided(value, run, 2, 4, 'numerator', 'denominator')
}

export function numericRange(value: V2Value, run: RunContext): Json | undefined {
  return twoSided(value, run, 1, 2, 'low', 'high')
}

function twoSided(value: V2Value, run: RunContext, a: number, b: number, one: string, other: string): Json | undefined {
  const result: Json = {}
  for (const [part, name] of [
    [a, one],
    [b, other],
  ] as const) {
    const text = value.partText(part)
    if (text === '') continue
    run.took(value.part(part), `.${name}.value`)
    const quantity = decimalQuantity(text, run)
    if (quantity !== undefined) result[name] = quantity
  }
  return Object.keys(result).length === 0 ? undefined : result
}

/** A count of days, as PV2-11 has it. */
export function dayCount(value: V2Value, run: RunContext): Json | undefined {
  run.took(value, '.value')
  const quantity = decimalQuantity(value.text, run)
  return quantity && { ...quantity, unit: 'days', system: UCUM, code: 'd' }
}

/** DR as Period. */
export function dateRange(value: V2Value, run: RunContext): Json | undefined {
  const period: Json = {}
  for (const [part, name] of [
    [1, 'start'],
    [2, 'end'],
  ] as const) {
    const text = value.partText(part)
    const time = text === '' ? undefined : fhirDateTime(text, run)
    if (time === undefined) continue
    run.took(value.part(part), `.${name}`)
    period[name] = time
  }
  return Object.keys(period).length === 0 ? undefined : period
}

/** NA as SampledData: the numbers as they stand, separated by blanks. */
export function sampledData(value: V2Value, run: RunContext): Json | undefined {
  const numbers: string[] = []
  for (let n = 1; ; n++) {
    const part = value.part(n)
    if (part === undefined) break
    run.took(part, '.data')
    numbers.push(part.text)
  }
  if (numbers.length === 0) return undefined
  return { origin: { value: 0 }, period: 0, dimensions: 1, data: numbers.join(' ') }
}
