import { isNode } from './json-node.ts'

/** -1, 0 or 1 for two numbers, dates or quantities of the same unit; nothing where they have no order that is known here. */
export function compareValues(value: unknown, bound: unknown): -1 | 0 | 1 | undefined {
  if (typeof value === 'number' && typeof bound === 'number') return sign(value, bound)
  if (typeof value === 'string' && typeof bound === 'string') return compareTimes(value, bound)
  if (!isNode(value) || !isNode(bound)) return undefined
  if (value['system'] !== bound['system'] || value['code'] !== bound['code']) return undefined
  return compareValues(value['value'], bound['value'])
}

/** Times of unequal precision are compared as far as both go; those with a zone as moments. */
function compareTimes(value: string, bound: string): -1 | 0 | 1 | undefined {
  if (value.includes('T') && bound.includes('T')) return sign(Date.parse(value), Date.parse(bound))
  const length = Math.min(value.length, bound.length)
  const [a, b] = [value.slice(0, length), bound.slice(0, length)]
  return a === b ? 0 : a < b ? -1 : 1
}

function sign(a: number, b: number): -1 | 0 | 1 | undefined {
  if (Number.isNaN(a) || Number.isNaN(b)) return undefined
  return a === b ? 0 : a < b ? -1 : 1
}
