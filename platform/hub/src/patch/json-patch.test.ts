import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatJson, parseJson } from '@samband/fhir'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import fc from 'fast-check'
import { HubError } from '../hub-error.ts'
import { applyJsonPatch, parseJsonPatch } from './json-patch.ts'

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
type Operation = { readonly op: string; readonly path: string; readonly from?: string; readonly value?: Json }

/** RFC 6902 said again, as functions that build new values instead of changing them. */
function reference(document: Json, { op, path, from = '', value = null }: Operation): Json {
  const at = tokens(path)
  switch (op) {
    case 'add':
      return added(document, at, value)
    case 'remove':
      return removed(document, at)
    case 'replace':
      found(document, at)
      return at.length === 0 ? value : added(removed(document, at), at, value)
    case 'copy':
      return added(document, at, found(document, tokens(from)))
    case 'move':
      if (path.startsWith(`${from}/`)) throw new RangeError('into itself')
      return from === path
        ? (found(document, at), document)
        : added(removed(document, tokens(from)), at, found(document, tokens(from)))
    default:
      assert.equal(sorted(found(document, at)), sorted(value))
      return document
  }
}

const tokens = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))

function sorted(value: Json): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    isJsonObject(each) ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1))) : each,
  )
}

function found(value: Json, [first, ...rest]: readonly string[]): Json {
  if (first === undefined) return value
  return found(child(value, first), rest)
}

function child(value: Json, token: string): Json {
  const list = Array.isArray(value) ? (value as readonly Json[]) : undefined
  const member =
    list === undefined
      ? isObject(value) && Object.hasOwn(value, token)
        ? value[token]
        : undefined
      : list[position(token, list.length)]
  if (member === undefined) throw new RangeError('nowhere')
  return member
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function position(token: string, end: number): number {
  if (!/^(0|[1-9][0-9]*)$/.test(token) || Number(token) >= end) throw new RangeError('no index')
  return Number(token)
}

function added(value: Json, [first, ...rest]: readonly string[], what: Json): Json {
  if (first === undefined) return what
  if (Array.isArray(value)) {
    const list = value as readonly Json[]
    if (rest.length > 0) return list.with(position(first, list.length), added(child(value, first), rest, what))
    return list.toSpliced(first === '-' ? list.length : position(first, list.length + 1), 0, what)
  }
  if (!isObject(value)) throw new RangeError('no holder')
  return { ...value, [first]: rest.length === 0 ? what : added(child(value, first), rest, what) }
}

function removed(value: Json, [first, ...rest]: readonly string[]): Json {
  if (first === undefined) return null
  const inner = child(value, first)
  if (Array.isArray(value)) {
    const list = value as readonly Json[]
    const index = position(first, list.length)
    return rest.length === 0 ? list.toSpliced(index, 1) : list.with(index, removed(inner, rest))
  }
  const { [first]: _gone, ...others } = value as { readonly [name: string]: Json }
  return rest.length === 0 ? others : { ...(value as object), [first]: removed(inner, rest) }
}

/** What a patch of FHIR leaves out at the end: lists and objects with nothing in them. */
function pruned(value: Json): Json | undefined {
  if (Array.isArray(value)) {
    const list = (value as readonly Json[]).flatMap((each): Json[] => {
      const kept = pruned(each)
      return kept === undefined ? [] : [kept]
    })
    return list.length === 0 ? undefined : list
  }
  if (!isObject(value)) return value
  const members = Object.entries(value).flatMap(([name, each]): [string, Json][] => {
    const kept = pruned(each)
    return kept === undefined ? [] : [[name, kept]]
  })
  return members.length === 0 ? undefined : Object.fromEntries(members)
}

const token = fc.constantFrom('a', 'b', 'c', '0', '1', '2', '-', '01', 'a~1b', 'm~0n', '__proto__x')
const pointer = fc.array(token, { maxLength: 3 }).map(each => each.map(one => `/${one}`).join(''))
const { value: json } = fc.letrec<{ value: Json }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>('x', 1, 2.5, true, null),
    fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'a/b', 'm~n'), tie('value'), {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}))
const resource = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'a/b', 'm~n'), json, {
  minKeys: 1,
  noNullPrototype: true,
})
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path: pointer, value: json }),
  fc.record({ op: fc.constant('remove'), path: pointer }),
  fc.record({ op: fc.constantFrom('move', 'copy'), path: pointer, from: pointer }),
)

test('a patch does what the standard says, or is refused where the standard says so', () => {
  fc.assert(
    fc.property(resource, fc.array(operation, { minLength: 1, maxLength: 4 }), (document, operations) => {
      const before = JSON.stringify(document)
      let expected: Json | undefined
      try {
        expected = operations.reduce<Json>(reference, document)
      } catch {
        assert.throws(() => applyJsonPatch(document, parseJsonPatch(operations)), HubError)
        return
      }
      // As a text: an object without a prototype is the same JSON.
      const patched = applyJsonPatch(document, parseJsonPatch(operations)) as Json
      assert.equal(
        sorted(patched),
        sorted(pruned(expected) ?? (Array.isArray(expected) ? [] : expected === null ? null : {})),
      )
      assert.equal(JSON.stringify(document), before)
    }),
    { numRuns: 2_000 },
  )
})

function read(text: string): JsonObject {
  const result = parseJson(text)
  assert.ok(result.ok && isJsonObject(result.value))
  return result.value
}

test('decimals keep their digits through every operation', () => {
  const document = read('{"a":{"v":1.10},"l":[{"v":2.0},{"v":3.50}],"d":[0.10,0.20,0.3]}')
  const { ops } = read(
    '{"ops":[{"op":"move","from":"/l/1","path":"/l/0"},{"op":"copy","from":"/a/v","path":"/w"},{"op":"add","path":"/z","value":9.90},{"op":"remove","path":"/d/0"},{"op":"test","path":"/a/v","value":1.1}]}',
  )
  const patched = applyJsonPatch(document, parseJsonPatch(ops))
  assert.equal(formatJson(patched), '{"a":{"v":1.10},"l":[{"v":3.50},{"v":2.0}],"d":[0.20,0.3],"w":1.10,"z":9.90}')
})

test('no member of a patch reaches a prototype', () => {
  const ops = JSON.parse(
    '[{"op":"add","path":"/__proto__","value":{"polluted":true}},{"op":"add","path":"/a","value":1}]',
  ) as unknown
  const patched = applyJsonPatch({ resourceType: 'Patient' }, parseJsonPatch(ops))
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  assert.equal((patched as Record<string, unknown>)['polluted'], undefined)
  assert.deepEqual(Object.keys(patched as object), ['resourceType', '__proto__', 'a'])
})

test('what is no JSON Patch is refused with the operation that is wrong', () => {
  const refused = [
    {},
    [1],
    [{ op: 'add', path: '/a' }],
    [{ op: 'move', path: '/a' }],
    [{ op: 'test', path: '/a~2', value: 1 }],
    [{ op: 'append', path: '/a', value: 1 }],
  ]
  for (const each of refused) {
    assert.throws(
      () => parseJsonPatch(each),
      (error: unknown) => error instanceof HubError && error.status === 400,
    )
  }
})
