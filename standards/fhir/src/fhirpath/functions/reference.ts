import { type Collection, EMPTY, type Item } from '../item.ts'
import { resourceNode, UNKNOWN_TYPE } from '../navigation.ts'
import { FhirNode, isJsonObject, type JsonObject } from '../node.ts'
import { parseReference } from '../reference.ts'
import type { Run } from '../run.ts'
import { typeArgument } from '../type-matching.ts'
import { type FunctionDefinition, type FunctionTable, ofCollection } from './definition.ts'

/** The text that an item refers by: of a Reference, a canonical, a URL or a string. */
function referenceText(item: Item): string | undefined {
  if (typeof item === 'string') return item
  if (!(item instanceof FhirNode)) return undefined
  if (typeof item.value === 'string') return item.value
  const reference = isJsonObject(item.value) ? item.value['reference'] : undefined
  return typeof reference === 'string' ? reference : undefined
}

function containedResource(id: string, run: Run): FhirNode | undefined {
  const root = run.rootResource ?? run.resource
  if (root === undefined || !isJsonObject(root.value)) return undefined
  if (id === '') return root
  const { contained } = root.value
  if (!Array.isArray(contained)) return undefined
  const found: unknown = contained.find(each => isJsonObject(each) && each['id'] === id)
  return isJsonObject(found) ? nodeOrUnknown(found, run) : undefined
}

function nodeOrUnknown(json: JsonObject, run: Run): FhirNode {
  return resourceNode(json, run.model) ?? new FhirNode(UNKNOWN_TYPE, json, undefined)
}

/** `resolve()`: contained resources by themselves, others through the port; what cannot be resolved is left out. */
function resolve(items: Collection, run: Run): Collection {
  const found: Item[] = []
  for (const item of items) {
    const text = referenceText(item)
    if (text?.startsWith('#') === true) {
      const contained = containedResource(text.slice(1), run)
      if (contained !== undefined) found.push(contained)
      continue
    }
    const element = item instanceof FhirNode && isJsonObject(item.value) ? item.value : undefined
    if (text === undefined && element === undefined) continue
    const json = run.ports.resolve?.(text, element)
    if (json !== undefined) found.push(nodeOrUnknown(json, run))
  }
  return found
}

/** `getResourceKey()`: the id of the resource (SQL on FHIR v2). */
function resourceKey(items: Collection): Collection {
  return items.flatMap(item => {
    const id = item instanceof FhirNode && isJsonObject(item.value) ? item.value['id'] : undefined
    return typeof id === 'string' ? [id] : []
  })
}

/** `getReferenceKey(Type)`: the id that a reference names, if it is of the type (SQL on FHIR v2). */
const getReferenceKey: FunctionDefinition = {
  min: 0,
  max: 1,
  compile(call) {
    const { source } = call
    const [type] = call.arguments
    const wanted = type === undefined ? undefined : typeArgument(type).name
    return run => {
      const keys: Item[] = []
      for (const item of source(run)) {
        const text = referenceText(item)
        const parts = text === undefined ? undefined : parseReference(text)
        if (parts?.id !== undefined && (wanted === undefined || parts.type === wanted)) keys.push(parts.id)
      }
      return keys.length === 0 ? EMPTY : keys
    }
  },
}

export const referenceFunctions: FunctionTable = {
  resolve: ofCollection(resolve),
  getResourceKey: ofCollection(resourceKey),
  getReferenceKey,
}
