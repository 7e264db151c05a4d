import { checkBundle } from './bundle-checks.ts'
import { isNode, type JsonNode, listOf, textAt } from './json-node.ts'
import { applyProfiles } from './overlay-apply.ts'
import type { ResourceScope, Run } from './run.ts'
import { walkNode } from './walk.ts'

/** Looks at a resource inside another one: contained, or an entry of a Bundle or Parameters. */
export function walkResource(run: Run, resource: JsonNode, isContained: boolean): void {
  const type = resourceTypeOf(run, resource)
  if (type === undefined) return
  const outer = run.enter(resource, isContained)
  if (isContained) checkContained(run, resource, outer)
  walkResourceType(run, resource, type)
  run.leave(outer)
}

/** The walk of a resource whose type is known, and of the profiles that it claims. */
export function walkResourceType(run: Run, resource: JsonNode, type: string): void {
  const shape = run.kit.shapes.get(type)
  if (shape === undefined) return
  walkNode(run, resource, shape)
  if (type === 'Bundle') checkBundle(run, resource)
  const { meta } = resource
  const claimed = isNode(meta) ? listOf(meta['profile']).filter(profile => typeof profile === 'string') : []
  for (const profile of claimed) applyProfiles(run, [profile], { value: resource, extra: undefined, type })
}

/** The type that a resource says it is, when instances of it may exist. */
export function resourceTypeOf(run: Run, resource: JsonNode): string | undefined {
  const type = textAt(resource, 'resourceType')
  if (type === undefined) {
    run.error('resource-type-missing', 'A resource begins with its resourceType')
    return undefined
  }
  if (run.kit.shapes.isResourceType(type)) return type
  run.error('resource-type-unknown', 'FHIR R4 has no resource of this resourceType')
  return undefined
}

/** FHIR R4 references.html#contained: a contained resource has an id, and no other of the resource has the same. */
function checkContained(run: Run, resource: JsonNode, container: ResourceScope | undefined): void {
  const id = textAt(resource, 'id')
  if (id === undefined) {
    run.error('contained-id-missing', 'A contained resource has an id, by which it is referred to')
    return
  }
  if (container === undefined) return
  container.containedIds ??= new Set()
  if (container.containedIds.has(id)) run.error('contained-repeated', 'Another contained resource has the same id')
  container.containedIds.add(id)
}
