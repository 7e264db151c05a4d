import { escapeValue } from './escape.ts'
import type { NumberSearch, QuantitySearch, ReferenceSearch, SearchValue } from './query.ts'

/** Writes a value as a search has it, escaped. */
export function formatValue(value: SearchValue): string {
  switch (value.type) {
    case 'string':
      return escapeValue(value.text)
    case 'uri':
      return escapeValue(value.uri)
    case 'value-set':
      return escapeValue(value.url)
    case 'token':
      if (value.system === undefined) return escapeValue(value.code ?? '')
      return `${escapeValue(value.system)}|${escapeValue(value.code ?? '')}`
    case 'of-type':
      return [value.system, value.code, value.value].map(escapeValue).join('|')
    case 'number':
      return formatNumber(value)
    case 'quantity':
      return formatQuantity(value)
    case 'date':
      return `${value.prefix === 'eq' ? '' : value.prefix}${value.text}`
    case 'reference':
      return escapeValue(formatReference(value))
    case 'composite':
      return value.components.map(formatValue).join('$')
    case 'near':
      return `${value.latitude}|${value.longitude}|${value.distanceKm}|km`
  }
}

function formatNumber(number: Omit<NumberSearch, 'type'>): string {
  return `${number.prefix === 'eq' ? '' : number.prefix}${number.text}`
}

function formatQuantity(quantity: QuantitySearch): string {
  const number = formatNumber(quantity)
  if (quantity.system === undefined && quantity.code === undefined) return number
  return `${number}|${escapeValue(quantity.system ?? '')}|${escapeValue(quantity.code ?? '')}`
}

function formatReference(reference: ReferenceSearch): string {
  const { targetType, targetId, url, version } = reference
  if (targetId === undefined) return version === undefined ? (url ?? '') : `${url ?? ''}|${version}`
  const local = targetType === undefined ? targetId : `${targetType}/${targetId}`
  const versioned = version === undefined ? '' : `/_history/${version}`
  return `${url ?? local}${versioned}`
}
