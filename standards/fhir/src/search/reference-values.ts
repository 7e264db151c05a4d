import { type FhirNode, isJsonObject } from '../fhirpath/node.ts'
import { parseReference } from '../fhirpath/reference.ts'
import type { ReferenceValue, UriValue } from './index-value.ts'
import { optional, text } from './token-values.ts'

const BARE_ID = /^[A-Za-z0-9\-.]{1,64}$/

/** Whether a base is this server's own, so that an absolute reference below it is the same as a relative one. */
export type IsOwnBase = (base: string) => boolean

/** What an element refers to: a Reference, a canonical, a URL, or a resource that stands in the element's place. */
export function referenceValues(node: FhirNode, isOwnBase: IsOwnBase): readonly ReferenceValue[] {
  const { value, type } = node
  if (typeof value === 'string') {
    // A canonical may be relative all the same, or lead to a contained resource.
    const isAddress = type.name === 'canonical' || type.name === 'uri' || type.name === 'url'
    return [isAddress && value.includes(':') ? canonicalValue(value) : literalValue(value, undefined, isOwnBase)]
  }
  if (!isJsonObject(value)) return []
  if (type.kind === 'resource') {
    const targetId = text(value['id'])
    return targetId === undefined ? [] : [{ type: 'reference', targetType: type.name, targetId }]
  }
  if (type.name === 'CodeableReference') return []
  const reference = text(value['reference'])
  const identifier = identifierOf(value['identifier'])
  if (reference === undefined && identifier === undefined) return []
  const literal: ReferenceValue =
    reference === undefined
      ? { type: 'reference', ...optional('targetType', text(value['type'])) }
      : literalValue(reference, text(value['type']), isOwnBase)
  return [{ ...literal, ...optional('identifier', identifier) }]
}

function identifierOf(identifier: unknown): ReferenceValue['identifier'] {
  if (!isJsonObject(identifier)) return undefined
  const value = text(identifier['value'])
  return value === undefined ? undefined : { system: text(identifier['system']) ?? '', value }
}

/** A reference as it is written, with the type and id that its form tells. */
export function literalValue(reference: string, type: string | undefined, isOwnBase: IsOwnBase): ReferenceValue {
  const parts = parseReference(reference)
  if (parts.fragment !== undefined && parts.id === undefined)
    return { type: 'reference', fragment: parts.fragment, ...optional('targetType', type) }
  // An id alone is no reference, and is met: it is found by the id.
  if (parts.id === undefined && BARE_ID.test(reference))
    return { type: 'reference', targetId: reference, ...optional('targetType', type) }
  if (parts.id === undefined) return { ...canonicalValue(reference), ...optional('targetType', type) }
  const foreign = parts.base !== undefined && !isOwnBase(parts.base)
  return {
    type: 'reference',
    ...optional('targetType', parts.type),
    targetId: parts.id,
    ...optional('version', parts.version),
    ...(foreign ? { url: `${parts.base}/${parts.type}/${parts.id}` } : {}),
  }
}

/** A canonical: an address, and after `|` a version (R4 references.html#canonical). */
function canonicalValue(canonical: string): ReferenceValue {
  const bar = canonical.indexOf('|')
  if (bar === -1) return { type: 'reference', url: canonical }
  return { type: 'reference', url: canonical.slice(0, bar), version: canonical.slice(bar + 1) }
}

/** A URI, URL, OID or canonical as it is written. */
export function uriValues(node: FhirNode): readonly UriValue[] {
  const uri = text(node.value)
  return uri === undefined ? [] : [{ type: 'uri', uri }]
}
