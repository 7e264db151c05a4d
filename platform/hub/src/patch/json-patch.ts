import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import { type BoxedJson, boxed, isBoxedObject, isEqualJson, pruneEmpty, unboxed } from './boxed-json.ts'
import { indexOf, parsePointer } from './json-pointer.ts'
import { patchInapplicable, patchMalformed } from './patch-refusal.ts'

/** Operations of one patch. */
export const patchOperationsMax = 10_000

export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: readonly string[]; readonly value: BoxedJson }
  | { readonly op: 'remove'; readonly path: readonly string[] }
  | { readonly op: 'move' | 'copy'; readonly path: readonly string[]; readonly from: readonly string[] }

/**
 * Reads a JSON Patch document (RFC 6902).
 *
 * @throws HubError 400: naming the operation and what is wrong with it
 */
export function parseJsonPatch(document: unknown): readonly JsonPatchOperation[] {
  if (!Array.isArray(document)) throw patchMalformed('a JSON Patch is a list of operations', '')
  if (document.length > patchOperationsMax)
    throw patchMalformed(`a JSON Patch has at most ${patchOperationsMax} operations`, '')
  return document.map((operation: unknown, index) => parseOperation(operation, `[${index}]`))
}

function parseOperation(operation: unknown, at: string): JsonPatchOperation {
  if (!isJsonObject(operation)) throw patchMalformed('an operation is an object', at)
  const { op } = operation
  const path = pointerOf(operation, 'path', at)
  switch (op) {
    case 'add':
    case 'replace':
    case 'test': {
      if (!Object.hasOwn(operation, 'value')) throw patchMalformed(`${op} needs a value`, at)
      const whole = boxed(operation)
      return { op, path, value: isBoxedObject(whole) ? (whole['value'] ?? null) : null }
    }
    case 'remove':
      return { op, path }
    case 'move':
    case 'copy':
      return { op, path, from: pointerOf(operation, 'from', at) }
    default:
      throw patchMalformed('op is one of add, remove, replace, move, copy and test', at)
  }
}

function pointerOf(operation: JsonObject, member: 'path' | 'from', at: string): readonly string[] {
  const text = operation[member]
  const tokens = typeof text === 'string' ? parsePointer(text) : undefined
  if (tokens === undefined) throw patchMalformed(`${member} is a JSON Pointer, such as /name/0/family`, at)
  return tokens
}

/**
 * The resource with all operations applied, or none: the one that is given stays as it is. Lists and objects that are empty
 * then go, since FHIR has none.
 *
 * @throws HubError 422: the operation that does not fit
 */
export function applyJsonPatch(resource: JsonObject, operations: readonly JsonPatchOperation[]): unknown {
  let document = boxed(resource)
  for (const [index, operation] of operations.entries()) document = applied(document, operation, `[${index}]`)
  pruneEmpty(document)
  return unboxed(document)
}

function applied(document: BoxedJson, operation: JsonPatchOperation, at: string): BoxedJson {
  const { path } = operation
  switch (operation.op) {
    case 'add':
      return add(document, path, boxedCopy(operation.value), at)
    case 'remove':
      return remove(document, path, at)
    case 'replace':
      return replace(document, path, boxedCopy(operation.value), at)
    case 'copy':
      return add(document, path, boxedCopy(find(document, operation.from, at)), at)
    case 'move': {
      const { from } = operation
      if (from.length < path.length && from.every((token, index) => token === path[index]))
        throw patchMalformed('nothing can be moved into itself', at)
      const value = find(document, from, at)
      return from.length === path.length && from.every((token, index) => token === path[index])
        ? document
        : add(remove(document, from, at), path, value, at)
    }
    case 'test':
      if (!isEqualJson(find(document, path, at), operation.value)) throw patchInapplicable('the test does not hold', at)
      return document
  }
}

/** What the operations of a patch share must not be shared with the document. */
function boxedCopy(value: BoxedJson): BoxedJson {
  if (Array.isArray(value)) return value.map(boxedCopy)
  if (!isBoxedObject(value)) return value
  return Object.assign(
    Object.create(null) as Record<string, BoxedJson>,
    Object.fromEntries(Object.entries(value).map(([member, each]) => [member, boxedCopy(each)])),
  )
}

function find(document: BoxedJson, path: readonly string[], at: string): BoxedJson {
  let found = document
  for (const token of path) found = child(found, token, at)
  return found
}

function child(holder: BoxedJson, token: string, at: string): BoxedJson {
  const key = Array.isArray(holder) ? indexOf(token, holder.length) : token
  const value =
    Array.isArray(holder) && typeof key === 'number'
      ? holder[key]
      : isBoxedObject(holder) && token in holder
        ? holder[token]
        : undefined
  if (value === undefined) throw nowhere(at)
  return value
}

function parentOf(document: BoxedJson, path: readonly string[], at: string): { holder: BoxedJson; token: string } {
  return { holder: find(document, path.slice(0, -1), at), token: path.at(-1) ?? '' }
}

function add(document: BoxedJson, path: readonly string[], value: BoxedJson, at: string): BoxedJson {
  if (path.length === 0) return value
  const { holder, token } = parentOf(document, path, at)
  if (Array.isArray(holder)) {
    const index = token === '-' ? holder.length : indexOf(token, holder.length + 1)
    if (index === undefined) throw nowhere(at)
    holder.splice(index, 0, value)
  } else if (isBoxedObject(holder)) holder[token] = value
  else throw nowhere(at)
  return document
}

function remove(document: BoxedJson, path: readonly string[], at: string): BoxedJson {
  if (path.length === 0) return null
  const { holder, token } = parentOf(document, path, at)
  child(holder, token, at)
  if (Array.isArray(holder)) holder.splice(Number(token), 1)
  else if (isBoxedObject(holder)) delete holder[token]
  return document
}

function replace(document: BoxedJson, path: readonly string[], value: BoxedJson, at: string): BoxedJson {
  if (path.length === 0) return value
  const { holder, token } = parentOf(document, path, at)
  child(holder, token, at)
  if (Array.isArray(holder)) holder[Number(token)] = value
  else if (isBoxedObject(holder)) holder[token] = value
  return document
}

function nowhere(at: string): Error {
  return patchInapplicable('the path leads nowhere in the resource', at)
}
