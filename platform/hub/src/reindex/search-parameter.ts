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

/**
 * What decides how resources of a type are indexed: when it stays the same, nothing has to be indexed again. Branches of the
 * expression for other types do not count, so that a guide's `Condition.code` is the standard's for conditions.
 */
export function indexingOf({ type, expression, target, component }: SearchParameter, resourceType: string): string {
  const branches = unionBranches(expression ?? '').filter(branch => {
    const start = /^[\s(]*([A-Z][A-Za-z]+)\./.exec(branch)?.[1]
    return start === undefined || start === resourceType || !isResourceName(start)
  })
  const components = component?.map(each => [each.definition, each.expression])
  // Only where the expression may lead to a whole resource is its type compared with the targets.
  const targets = expression?.includes('resource') === true ? [...(target ?? [])].toSorted() : []
  return JSON.stringify([type, branches.toSorted(), targets, components])
}

/** `FHIR.Patient`, `System.String`: namespaces, not types of resources. */
function isResourceName(name: string): boolean {
  return name !== 'FHIR' && name !== 'System' && name !== 'Resource' && name !== 'DomainResource'
}

/** What stands between the outermost `|` of an expression; one pair of brackets around all of a branch does not count. */
function unionBranches(expression: string): readonly string[] {
  const branches: string[] = []
  let depth = 0
  let isText = false
  let from = 0
  for (let at = 0; at < expression.length; at += 1) {
    const character = expression[at]
    if (character === "'" && expression[at - 1] !== '\\') isText = !isText
    if (isText) continue
    if (character === '(') depth += 1
    else if (character === ')') depth -= 1
    else if (character === '|' && depth === 0) {
      branches.push(expression.slice(from, at))
      from = at + 1
    }
  }
  branches.push(expression.slice(from))
  return branches.map(branch => branch.trim().replaceAll(/\s+/g, ' '))
}

/** Types that a definition is for, the abstract ones spelled out. */
export function typesOf({ base }: SearchParameter, resourceTypes: ReadonlySet<string>): readonly string[] {
  const all = base.includes('Resource') || base.includes('DomainResource')
  return all ? [...resourceTypes] : base.filter(type => resourceTypes.has(type))
}
