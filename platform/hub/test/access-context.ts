import { loadCompartments, loadSearchParameters, loadTypes, loadValueSets } from '@samband/fhir/definitions'
import { createFhirPathCompiler, modelFromStructureDefinitions } from '@samband/fhir/fhirpath'
import { codeSystemsOf, createSearchExtractor, SearchParameters } from '@samband/fhir/search'
import type { CallerContext } from '../src/access/token-caller.ts'
import type { VisibilityContext } from '../src/access/visibility.ts'
import { Indexer } from '../src/storage/indexer.ts'
import { Keys } from '../src/storage/keys.ts'

/** What access asks a hub for, without a database. */
export async function accessContext(): Promise<VisibilityContext & CallerContext> {
  const types = await loadTypes()
  const compartments = await loadCompartments()
  const resourceTypes = new Set(types.resourceTypes())
  const parameters = new SearchParameters(await loadSearchParameters(), resourceTypes)
  const baseUrl = 'https://hub.example.org/fhir'
  const compiler = createFhirPathCompiler(modelFromStructureDefinitions(types.types()))
  const extractor = createSearchExtractor(compiler, parameters, {
    codeSystem: codeSystemsOf(await loadValueSets()),
    isOwnBase: base => base === baseUrl,
  })
  const keys = new Keys('salt')
  return {
    baseUrl,
    resourceTypes,
    compartments,
    searchParameters: () => parameters,
    extractor: () => extractor,
    indexer: new Indexer(keys, () => extractor, compartments),
    store: { keys },
    ucum: undefined,
    now: Date.now,
  }
}
