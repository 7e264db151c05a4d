import type { SearchParameter } from '@samband/fhir/definitions'
import type { FhirPathCompiler } from '@samband/fhir/fhirpath'
import {
  createSearchExtractor,
  type ExtractorSettings,
  type SearchExtractor,
  SearchParameters,
} from '@samband/fhir/search'
import type { OwnParameter } from './search-parameter.ts'

export type OwnParametersOptions = {
  /** The standard's, and those of the packages over them: what stored ones are over. */
  readonly standard: readonly SearchParameter[]
  readonly resourceTypes: ReadonlySet<string>
  readonly compiler: FhirPathCompiler
  readonly settings: ExtractorSettings
}

/**
 * The search parameters of this process: the standard's and the guides', and over them the deployment's own that are active, in the order
 * in which they were given. Replaced as a whole, so that whoever has taken `parameters` or `extractor` has one state of them.
 */
export class OwnParameters {
  readonly #options: OwnParametersOptions
  #own: ReadonlyMap<string, OwnParameter> = new Map()
  #parameters: SearchParameters
  #extractor: SearchExtractor

  constructor(options: OwnParametersOptions) {
    this.#options = options
    this.#parameters = new SearchParameters(options.standard, options.resourceTypes)
    this.#extractor = createSearchExtractor(options.compiler, this.#parameters, options.settings)
  }

  get standard(): readonly SearchParameter[] {
    return this.#options.standard
  }

  get resourceTypes(): ReadonlySet<string> {
    return this.#options.resourceTypes
  }

  get compiler(): FhirPathCompiler {
    return this.#options.compiler
  }

  /** By id. */
  get own(): ReadonlyMap<string, OwnParameter> {
    return this.#own
  }

  get parameters(): SearchParameters {
    return this.#parameters
  }

  get extractor(): SearchExtractor {
    return this.#extractor
  }

  replace(own: ReadonlyMap<string, OwnParameter>): void {
    const { standard, resourceTypes, compiler, settings } = this.#options
    const definitions = [...standard, ...[...own.values()].map(({ definition }) => definition)]
    const parameters = new SearchParameters(definitions, resourceTypes)
    this.#extractor = createSearchExtractor(compiler, parameters, settings)
    this.#parameters = parameters
    this.#own = own
  }
}
