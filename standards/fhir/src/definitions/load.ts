import type { CompartmentDefinition, OperationDefinition, SearchParameter } from './conformance-resources.ts'
import { PackedDefinitions } from './packed-definitions.ts'
import { StandardDefinitions } from './standard-definitions.ts'
import { StandardValueSets } from './standard-value-sets.ts'

/** Each text is read once, however often it is asked for; a failed import (a network of a browser) may be tried again. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }
}

/** The data types and resources of FHIR R4. Costs a few milliseconds the first time; each definition is unpacked when asked for. */
export const loadTypes: () => Promise<StandardDefinitions> = once(async () => {
  const { constraints, structures } = (await import('../generated/data/types.json', { with: { type: 'json' } })).default
  return new StandardDefinitions({ constraints, types: structures })
})

/** The data types and resources, and with them the profiles and extensions that the standard defines itself. */
export const loadDefinitions: () => Promise<StandardDefinitions> = once(async () => {
  const [types, profiles] = await Promise.all([
    import('../generated/data/types.json', { with: { type: 'json' } }),
    import('../generated/data/profiles.json', { with: { type: 'json' } }),
  ])
  const { constraints, structures } = types.default
  return new StandardDefinitions({ constraints, types: structures, profiles: profiles.default.structures })
})

/** The value sets that elements of the standard are bound to. */
export const loadValueSets: () => Promise<StandardValueSets> = once(async () => {
  const { valueSets, codeSystems } = (await import('../generated/data/value-sets.json', { with: { type: 'json' } }))
    .default
  return new StandardValueSets(valueSets, codeSystems)
})

/** Every search parameter of the standard, by canonical address. */
export const loadSearchParameters: () => Promise<readonly SearchParameter[]> = once(async () => {
  const { definitions } = (await import('../generated/data/search-parameters.json', { with: { type: 'json' } })).default
  return unpackAll<SearchParameter>(definitions, 'SearchParameter')
})

/** Every operation of the standard, by canonical address. */
export const loadOperations: () => Promise<readonly OperationDefinition[]> = once(async () => {
  const { definitions } = (await import('../generated/data/operations.json', { with: { type: 'json' } })).default
  return unpackAll<OperationDefinition>(definitions, 'OperationDefinition')
})

/** The five compartments of the standard. */
export const loadCompartments: () => Promise<readonly CompartmentDefinition[]> = once(async () => {
  const { definitions } = (await import('../generated/data/compartments.json', { with: { type: 'json' } })).default
  return unpackAll<CompartmentDefinition>(definitions, 'CompartmentDefinition')
})

function unpackAll<T extends { readonly resourceType: string }>(
  lines: readonly string[],
  resourceType: T['resourceType'],
): readonly T[] {
  // The text is our own: the generator wrote the members that T names.
  const unpack = (url: string, json: string): T => ({ resourceType, url, ...JSON.parse(json) }) as T
  return [...new PackedDefinitions(lines, unpack).all()]
}
