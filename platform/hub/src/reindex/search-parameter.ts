import type { SearchParameter } from '@samband/fhir/definitions'
import type { JsonObject } from '@samband/fhir/fhirpath'

/** A stored SearchParameter as far as the hub works with it. */
export type OwnParameter = {
  /** Id of the resource. */
  readonly id: string
  readonly definition: SearchParameter
}

/** The definition that an active SearchParameter is; undefined for one that is not active or has no code, type or base. */
export function activeDefinition(resource: JsonObject): SearchParameter | undefined {
  const { url, code, type, base, status } = resource
  if (status !== 'active' || typeof url !== 'string' || typeof code !== 'string') return undefined
  if (typeof type !== 'string' || !Array.isArray(base)) return undefined
  // Of the shape of R4's definition as the validator has found, or as `checkSearchParameter` does.
  return resource as unknown as SearchParameter
}

/** What decides how resources are indexed: when it stays the same, nothing has to be indexed again. */
export function indexingOf({ type, expression, target, component }: SearchParameter): string {
  const components = component?.map(each => [each.definition, each.expression])
  return JSON.stringify([type, expression, [...(target ?? [])].toSorted(), components])
}

/** Types that a definition is for, the abstract ones spelled out. */
export function typesOf({ base }: SearchParameter, resourceTypes: ReadonlySet<string>): readonly string[] {
  const all = base.includes('Resource') || base.includes('DomainResource')
  return all ? [...resourceTypes] : base.filter(type => resourceTypes.has(type))
}
