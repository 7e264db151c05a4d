import { FHIR_VERSION } from '../fhir-version.ts'
import type { DefinitionSource } from './definition-source.ts'
import { FHIR_STRUCTURE_BASE, splitCanonical, versionMatches } from './definition-source.ts'
import { PackedDefinitions } from './packed-definitions.ts'
import type { ElementConstraint, StructureDefinition } from './structure-definition.ts'
import { unpackStructure } from './unpack-structure.ts'

/** The lines of `src/generated/data/types.json` and, when wanted, `profiles.json`. */
export interface StandardLines {
  readonly constraints: readonly string[]
  readonly types: readonly string[]
  readonly profiles?: readonly string[]
}

/**
 * The StructureDefinitions of FHIR R4: every data type and resource, and where they were loaded the standard's own profiles and
 * extensions. They are without prose and mappings; see `scripts/pack-structures.ts`.
 */
export class StandardDefinitions implements DefinitionSource {
  readonly #types: PackedDefinitions<StructureDefinition>
  readonly #profiles: PackedDefinitions<StructureDefinition>
  readonly #isResourceType = new Map<string, boolean>()

  constructor(lines: StandardLines) {
    // One row per line, written by the generator.
    const constraints = lines.constraints.map(row => JSON.parse(row) as ElementConstraint)
    const unpack = (url: string, json: string): StructureDefinition => unpackStructure(url, json, constraints)
    this.#types = new PackedDefinitions(lines.types, unpack)
    this.#profiles = new PackedDefinitions(lines.profiles ?? [], unpack)
  }

  structure(canonical: string): StructureDefinition | undefined {
    const { url, version } = splitCanonical(canonical)
    if (!versionMatches(version, FHIR_VERSION)) return undefined
    return this.#types.get(url) ?? this.#profiles.get(url)
  }

  /** The definition of a data type or resource by its name: `Period`, `Observation`, `string`. */
  type(name: string): StructureDefinition | undefined {
    return this.#types.get(FHIR_STRUCTURE_BASE + name)
  }

  /** Whether an instance may be of this resource type: the abstract ones are none. */
  isResourceType(name: string): boolean {
    const known = this.#isResourceType.get(name)
    if (known !== undefined) return known
    const definition = this.type(name)
    const isOne = definition?.kind === 'resource' && !definition.abstract
    // Only names that exist are kept, so that what a client sends does not fill the memory.
    if (definition !== undefined) this.#isResourceType.set(name, isOne)
    return isOne
  }

  /** Names of the resource types that an instance may have, in alphabetical order. Unpacks every definition. */
  resourceTypes(): readonly string[] {
    return [...this.#types.all()]
      .filter(({ kind, abstract }) => kind === 'resource' && !abstract)
      .map(({ type }) => type)
  }

  /** Every definition of a type. */
  types(): Iterable<StructureDefinition> {
    return this.#types.all()
  }

  /** Every profile and extension of the standard; empty where they were not loaded. */
  profiles(): Iterable<StructureDefinition> {
    return this.#profiles.all()
  }
}
