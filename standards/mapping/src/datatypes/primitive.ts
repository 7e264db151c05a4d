import { setDecimal } from '@samband/fhir'
import type { Json, RunContext } from '../run/run-context.ts'
import { fhirDate, fhirDateTime, fhirInstant, fhirTime } from './timestamps.ts'

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}$/

/** Text as a value of a primitive type; undefined, with an issue, where it is none. Decimals are set by `assignDecimal`. */
export function primitiveOf(type: string, text: string, run: RunContext): unknown {
  const value = converted(type, text, run)
  if (value === undefined) run.issue('value-invalid', 'warning', `The value is no ${type} and was left out`)
  return value
}

function converted(type: string, text: string, run: RunContext): unknown {
  switch (type) {
    case 'date':
      return fhirDate(text)
    case 'dateTime':
      return fhirDateTime(text, run)
    case 'instant':
      return fhirInstant(text, run)
    case 'time':
      return fhirTime(text)
    case 'boolean':
      return booleanOf(text)
    case 'integer':
    case 'positiveInt':
    case 'unsignedInt':
      return integerOf(type, text)
    case 'code':
      return text.replace(/\s+/g, ' ').trim()
    case 'uri':
    case 'url':
    case 'canonical':
      return /\s/.test(text) ? undefined : text
    case 'id':
      return /^[A-Za-z0-9.-]{1,64}$/.test(text) ? text : undefined
    case 'base64Binary':
      return BASE64.test(text) ? text.replace(/\s/g, '') : undefined
    default:
      return text
  }
}

export function booleanOf(text: string): boolean | undefined {
  if (/^(?:y|yes|true|1)$/i.test(text)) return true
  if (/^(?:n|no|false|0)$/i.test(text)) return false
  return undefined
}

function integerOf(type: string, text: string): number | undefined {
  if (!/^[+-]?\d{1,10}(?:\.0*)?$/.test(text)) return undefined
  const value = Number(text)
  const least = type === 'positiveInt' ? 1 : type === 'unsignedInt' ? 0 : -2147483648
  return value >= least && value <= 2147483647 ? value : undefined
}

/** Whether a text is a number as FHIR takes it, once a sign and bare points are put right. */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text)
}

/** Sets a decimal so that its digits stay as they were written. */
export function assignDecimal(holder: Json, name: string, text: string): void {
  const plain = text
    .replace(/^\+/, '')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.(?=$|[eE])/, '')
    .replace(/^(-?)0+(?=\d)/, '$1')
  setDecimal(holder, name, plain)
}
