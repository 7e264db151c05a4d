import { isNode, textAt } from './json-node.ts'
import type { Item, OverlayMember, OverlayNode } from './overlay.ts'
import type { Run } from './run.ts'

/** An item, and its place in a list; -1 where it is in none. */
export interface PlacedItem {
  readonly item: Item
  readonly index: number
}

/** The elements of an item that are meant by one of a profile's, in their order. */
export function itemsOf(parent: Item, members: readonly OverlayMember[]): PlacedItem[] {
  const holder = isNode(parent.value) ? parent.value : parent.extra
  const items: PlacedItem[] = []
  if (!isNode(holder)) return items
  for (const { key, type, isPrimitive } of members) {
    const value = holder[key]
    const extra = isPrimitive ? holder[`_${key}`] : undefined
    if (value === undefined && extra === undefined) continue
    if (Array.isArray(value) || Array.isArray(extra)) pushEntries(items, value, extra, type)
    else items.push({ item: itemOf(value, extra, type), index: -1 })
  }
  return items
}

function pushEntries(items: PlacedItem[], value: unknown, extra: unknown, type: string): void {
  const values: readonly unknown[] = Array.isArray(value) ? value : []
  const extras: readonly unknown[] = Array.isArray(extra) ? extra : []
  for (let index = 0; index < Math.max(values.length, extras.length); index++) {
    items.push({ item: itemOf(values[index], extras[index], type), index })
  }
}

/** A resource is of the type that it says. */
export function itemOf(value: unknown, extra: unknown, type: string): Item {
  const isResource = type === 'Resource' && isNode(value)
  return { value, extra, type: isResource ? (textAt(value, 'resourceType') ?? type) : type }
}

/** Looks at an item at its place. */
export function at(run: Run, node: OverlayNode, { index }: PlacedItem, look: () => void): void {
  run.location.push(node.name, index, undefined)
  look()
  run.location.pop()
}
