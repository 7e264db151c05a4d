/** A value in a form in which two are equal when XML cannot tell them apart: it has its own order of members, and one way to write XHTML. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Reflect.ownKeys(value)
    .map(key => [String(key), key === 'div' ? 'xhtml' : comparable(Reflect.get(value, key))] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}
