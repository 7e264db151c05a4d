import { diff, parse } from '@samband/hl7v2'

const pathsMax = 50

/**
 * Where two outputs differ, without what stands there: HL7 paths, or keys of JSON. Empty when they cannot be compared so.
 * For those who may see that something changes and not for whom.
 */
export function changedPaths(before: Uint8Array | string, after: Uint8Array | string): readonly string[] {
  const [a, b] = [asBytes(before), asBytes(after)]
  return [...new Set(hl7Paths(a, b) ?? jsonPaths(a, b))].slice(0, pathsMax)
}

function asBytes(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content, 'utf8') : content
}

function hl7Paths(a: Uint8Array, b: Uint8Array): string[] | undefined {
  const starts = [a, b].every(bytes => Buffer.from(bytes.subarray(0, 3)).toString('latin1') === 'MSH')
  if (!starts) return undefined
  const [first, second] = [parse(a), parse(b)]
  if (!first.ok || !second.ok) return undefined
  return diff(first.message, second.message).changes.map(({ before, after }) => (after ?? before)?.path ?? '')
}

function jsonPaths(a: Uint8Array, b: Uint8Array): string[] {
  try {
    return [
      ...jsonChanges(JSON.parse(Buffer.from(a).toString('utf8')), JSON.parse(Buffer.from(b).toString('utf8')), ''),
    ]
  } catch {
    return []
  }
}

function* jsonChanges(a: unknown, b: unknown, path: string): Generator<string> {
  if (Object.is(a, b)) return
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    yield path === '' ? '.' : path
    return
  }
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const step = Array.isArray(a) ? `[${key}]` : path === '' ? key : `.${key}`
    if (!left.has(key) || !right.has(key)) yield path + step
    else yield* jsonChanges(left.get(key), right.get(key), path + step)
  }
}
