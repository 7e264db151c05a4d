import type { TypeInfo } from '../fhirpath/model.ts'
import { type FhirNode, isJsonObject, type JsonObject } from '../fhirpath/node.ts'
import { foldText } from './fold-text.ts'
import type { TokenValue } from './index-value.ts'

/** The system of a code in a value set, by the value set's canonical; `undefined` when it is not known. */
export type CodeSystemOf = (valueSet: string, code: string) => string | undefined

/** The tokens that an element has: one for a code, one for each coding of a concept (R4 search.html#token). */
export function tokenValues(node: FhirNode, systemOf: CodeSystemOf): readonly TokenValue[] {
  const { value, type } = node
  if (!isJsonObject(value)) return primitiveToken(value, type, systemOf)
  switch (type.name) {
    case 'CodeableConcept':
      return conceptTokens(value)
    case 'Coding':
      return [codingToken(value, undefined)]
    case 'Identifier':
      return identifierToken(value)
    case 'ContactPoint':
      return text(value['value']) === undefined ? [] : [{ type: 'token', ...optional('code', text(value['value'])) }]
    default:
      return []
  }
}

function primitiveToken(value: unknown, type: TypeInfo, systemOf: CodeSystemOf): readonly TokenValue[] {
  if (typeof value === 'boolean') return [{ type: 'token', code: String(value) }]
  if (typeof value !== 'string') return []
  // A string or an id is in no code system; the system of a code is told by the value set of its element.
  if (type.name === 'string' || type.name === 'markdown') return [{ type: 'token', code: value, text: foldText(value) }]
  if (type.name !== 'code') return [{ type: 'token', code: value }]
  const system = type.valueSet === undefined ? undefined : systemOf(type.valueSet, value)
  return [{ type: 'token', ...optional('system', system), code: value }]
}

function conceptTokens(concept: JsonObject): readonly TokenValue[] {
  const conceptText = text(concept['text'])
  const codings = Array.isArray(concept['coding']) ? concept['coding'].filter(isJsonObject) : []
  const tokens = codings.map(coding => codingToken(coding, undefined))
  return conceptText === undefined ? tokens : [...tokens, { type: 'token', text: foldText(conceptText) }]
}

function codingToken(coding: JsonObject, conceptText: string | undefined): TokenValue {
  const display = text(coding['display']) ?? conceptText
  return {
    type: 'token',
    system: text(coding['system']) ?? '',
    ...optional('code', text(coding['code'])),
    ...optional('text', display === undefined ? undefined : foldText(display)),
  }
}

function identifierToken(identifier: JsonObject): readonly TokenValue[] {
  const type = isJsonObject(identifier['type']) ? identifier['type'] : undefined
  const typeText = text(type?.['text'])
  const codings = Array.isArray(type?.['coding']) ? type['coding'].filter(isJsonObject) : []
  const identifierTypes = codings.flatMap(coding => {
    const code = text(coding['code'])
    return code === undefined ? [] : [{ system: text(coding['system']) ?? '', code }]
  })
  const system = text(identifier['system'])
  const code = text(identifier['value'])
  if (system === undefined && code === undefined && typeText === undefined) return []
  return [
    {
      type: 'token',
      system: system ?? '',
      ...optional('code', code),
      ...optional('text', typeText === undefined ? undefined : foldText(typeText)),
      ...(identifierTypes.length === 0 ? {} : { identifierTypes }),
    },
  ]
}

/** A JSON string that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A property that is left out when it has no value. */
export function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  // An object with the key, or none: both are the type.
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V }
}
