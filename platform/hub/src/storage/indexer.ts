import { type SearchExtractor, type SearchIndex } from '@samband/fhir/search'
import type { JsonObject } from '@samband/fhir/fhirpath'
import type { CompartmentDefinition } from '@samband/fhir/definitions'
import { type IndexRows, RowCollector } from './index-rows.ts'
import type { Keys } from './keys.ts'
import { securityContextOf } from './security-context.ts'
import { resourceWords } from './words.ts'

/** From a resource to the rows that it is found by. */
export class Indexer {
  readonly #keys: Keys
  readonly #extractor: () => SearchExtractor
  /** By type of resource: the parameters that put it into compartments. */
  readonly #memberships = new Map<string, { readonly compartment: string; readonly codes: readonly string[] }[]>()
  readonly #compartments: ReadonlySet<string>
  #generation = 0

  /** `extractor` is asked each time: own search parameters may come while the hub runs. */
  constructor(keys: Keys, extractor: () => SearchExtractor, compartments: readonly CompartmentDefinition[]) {
    this.#keys = keys
    this.#extractor = extractor
    this.#compartments = new Set(compartments.map(({ code }) => code))
    for (const { code: compartment, resource } of compartments) {
      for (const { code, param } of resource) {
        if (param === undefined || param.length === 0) continue
        const list = this.#memberships.get(code) ?? []
        list.push({ compartment, codes: param })
        this.#memberships.set(code, list)
      }
    }
  }

  /** Counts the changes of the search parameters: rows of an earlier generation may miss values. */
  get generation(): number {
    return this.#generation
  }

  /** The extractor is another one from now on. */
  parametersChanged(): void {
    this.#generation += 1
  }

  /** `resource` has its id. */
  rows(resource: JsonObject): IndexRows {
    const { index } = this.#extractor().extract(resource)
    const rows = new RowCollector(this.#keys, index.resourceType, this.#generation)
    rows.addAll(index)
    for (const compartment of this.compartmentsOf(index, resource)) rows.tokens.add(compartment)
    const { narrative, content } = resourceWords(resource)
    for (const word of narrative) rows.tokens.add(this.#keys.word('narrative', word))
    for (const word of content) rows.tokens.add(this.#keys.word('content', word))
    return rows
  }

  /**
   * Keys of the compartments that a resource is in; a patient is in the compartment that it names, and a Binary in that of
   * the patient (encounter, device ...) who is its security context.
   */
  compartmentsOf({ resourceType, resourceId, values }: SearchIndex, resource: JsonObject): ReadonlySet<string> {
    const found = new Set<string>()
    const owner = securityContextOf(resource)
    if (owner !== undefined && this.#compartments.has(owner.type)) {
      found.add(this.#keys.compartment(owner.type, this.#keys.resource(owner.type, owner.id)))
    }
    if (this.#compartments.has(resourceType) && resourceId !== undefined) {
      found.add(this.#keys.compartment(resourceType, this.#keys.resource(resourceType, resourceId)))
    }
    for (const { compartment, codes } of this.#memberships.get(resourceType) ?? []) {
      for (const code of codes) {
        for (const value of values.get(code) ?? []) {
          if (value.type !== 'reference' || value.url !== undefined) continue
          if (value.targetType !== compartment || value.targetId === undefined) continue
          found.add(this.#keys.compartment(compartment, this.#keys.resource(compartment, value.targetId)))
        }
      }
    }
    return found
  }
}
