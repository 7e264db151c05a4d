import type { ElementConstraint, ElementDefinition } from '../definitions/structure-definition.ts'

/** Lists to which a differential adds; every other member it replaces. */
const ADDED = new Set(['alias', 'condition', 'mapping', 'example'])

/** Members that a differential cannot change, or that are placed otherwise. */
const KEPT = new Set(['id', 'path', 'sliceName', 'base', 'constraint', 'contentReference', 'extension'])

/** An element of the base with what the differential says of it (FHIR R4 profiling.html, elementdefinition.html#interpretation). */
export function mergeElement(base: ElementDefinition, change: ElementDefinition, source: string): ElementDefinition {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(change)) {
    if (KEPT.has(key)) continue
    if (ADDED.has(key)) merged[key] = union(merged[key], value)
    else if (isProse(key, value) && value.startsWith('...')) merged[key] = `${textOf(merged[key])}\n${value.slice(3)}`
    // A binding may be made stronger without naming its value set again.
    else if (key === 'binding') merged[key] = { ...base.binding, ...change.binding }
    else merged[key] = value
  }
  const constraint = mergeConstraints(base.constraint ?? [], change.constraint ?? [], source)
  if (constraint.length > 0) merged['constraint'] = constraint
  if (change.sliceName !== undefined) merged['sliceName'] = change.sliceName
  // Made of two ElementDefinitions, member by member.
  return merged as unknown as ElementDefinition
}

function isProse(key: string, value: unknown): value is string {
  return (
    (key === 'definition' || key === 'comment' || key === 'requirements' || key === 'short') &&
    typeof value === 'string'
  )
}

function union(base: unknown, added: unknown): unknown[] {
  const list: unknown[] = Array.isArray(base) ? [...base] : []
  for (const one of Array.isArray(added) ? added : []) {
    if (!list.some(known => JSON.stringify(known) === JSON.stringify(one))) list.push(one)
  }
  return list
}

/** A rule of the same key is replaced; others are added, and say which profile they are of. */
function mergeConstraints(
  base: readonly ElementConstraint[],
  added: readonly ElementConstraint[],
  source: string,
): ElementConstraint[] {
  const keys = new Set(added.map(({ key }) => key))
  return [...base.filter(({ key }) => !keys.has(key)), ...added.map(constraint => ({ source, ...constraint }))]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
