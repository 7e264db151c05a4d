import type { SearchParameter } from '../definitions/index.ts'

export type SearchType = SearchParameter['type']

/** Types that stand for every resource. */
const ABSTRACT: ReadonlySet<string> = new Set(['Resource', 'DomainResource'])

/**
 * The search parameters of a server: the standard's and its own, by resource type and code. Of two for the same type and
 * code the later one counts, so that a guide's definition replaces the standard's.
 */
export class SearchParameters {
  /** Names of the resource types that there are. */
  readonly resourceTypes: ReadonlySet<string>
  readonly #byType = new Map<string, Map<string, SearchParameter>>()
  readonly #byUrl = new Map<string, SearchParameter>()
  readonly #merged = new Map<string, ReadonlyMap<string, SearchParameter>>()

  constructor(definitions: Iterable<SearchParameter>, resourceTypes: Iterable<string>) {
    this.resourceTypes = new Set(resourceTypes)
    for (const given of definitions) {
      const definition = corrected(given)
      this.#byUrl.set(definition.url, definition)
      // Ten definitions of R4's extensions name no base: they are for no type.
      for (const base of definition.base ?? []) {
        const known = this.#byType.get(base) ?? new Map<string, SearchParameter>()
        known.set(definition.code, definition)
        this.#byType.set(base, known)
      }
    }
  }

  /** All parameters of a type, those of every resource included. */
  forType(resourceType: string): ReadonlyMap<string, SearchParameter> {
    const known = this.#merged.get(resourceType)
    if (known !== undefined) return known
    const merged = new Map<string, SearchParameter>()
    for (const type of [...ABSTRACT, resourceType])
      for (const [code, definition] of this.#byType.get(type) ?? []) merged.set(code, definition)
    if (this.resourceTypes.has(resourceType)) this.#merged.set(resourceType, merged)
    return merged
  }

  /** The parameter of a type; without a type one of those that every resource has. */
  find(resourceType: string | undefined, code: string): SearchParameter | undefined {
    return this.forType(resourceType ?? 'Resource').get(code)
  }

  /** A parameter by its canonical address. */
  byUrl(url: string): SearchParameter | undefined {
    return this.#byUrl.get(url)
  }

  /** Types that a reference may lead to: as its definition says, or any where that says nothing or names every resource. */
  targetsOf(parameter: SearchParameter): readonly string[] {
    const targets = parameter.target ?? []
    if (targets.length === 0 || targets.some(target => ABSTRACT.has(target))) return [...this.resourceTypes]
    return targets.filter(target => this.resourceTypes.has(target))
  }
}

const RELATIONSHIP = 'http://hl7.org/fhir/SearchParameter/DocumentReference-relationship'

/**
 * R4 has the expressions of `DocumentReference.relationship` the wrong way round: the component that is defined as the
 * related document reads the code, and the other way (mended in R5).
 */
function corrected(definition: SearchParameter): SearchParameter {
  const [first, second] = definition.component ?? []
  if (definition.url !== RELATIONSHIP || first?.expression !== 'code' || second === undefined) return definition
  const component = [
    { ...first, expression: second.expression },
    { ...second, expression: first.expression },
  ]
  return { ...definition, component }
}
