import { type FhirNode, isJsonObject, type JsonObject } from '../fhirpath/node.ts'
import { foldText } from './fold-text.ts'
import type { StringValue } from './index-value.ts'

/** The parts by which a name and an address are found (R4 search.html#string: any of the string parts). */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  HumanName: ['text', 'family', 'given', 'prefix', 'suffix'],
  Address: ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'],
  CodeableConcept: ['text'],
  ContactPoint: ['value'],
  Identifier: ['value'],
}

/** The texts that an element has. */
export function stringValues(node: FhirNode): readonly StringValue[] {
  const { value } = node
  if (typeof value === 'string') return value === '' ? [] : [stringValue(value)]
  if (!isJsonObject(value)) return []
  return textsOf(value, PARTS[node.type.name] ?? []).map(stringValue)
}

function textsOf(value: JsonObject, parts: readonly string[]): readonly string[] {
  const texts: string[] = []
  for (const part of parts) {
    const found = value[part]
    for (const each of Array.isArray(found) ? found : [found])
      if (typeof each === 'string' && each !== '' && !texts.includes(each)) texts.push(each)
  }
  return texts
}

function stringValue(exact: string): StringValue {
  return { type: 'string', exact, folded: foldText(exact) }
}
