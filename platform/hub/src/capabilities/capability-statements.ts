import { CONTENT_TYPES, FHIR_VERSION } from '@samband/fhir'
import { loadOperations, type OperationDefinition, type SearchParameter } from '@samband/fhir/definitions'
import type { JsonObject } from '@samband/fhir/fhirpath'
import type { SearchParameters } from '@samband/fhir/search'
import type { HubContext } from '../hub-context.ts'
import { malformed } from '../http/refusal.ts'
import { absentNamesakes } from '../operations/index.ts'
import { operationsAt } from './operation-definitions.ts'
import { restSecurity, type SecurityFacts } from './rest-security.ts'
import { terminologyCapabilities } from './terminology-capabilities.ts'

export type CapabilityFacts = {
  readonly operations: ReadonlyMap<string, unknown>
  readonly conditionalDelete?: 'single' | 'multiple'
  readonly security?: SecurityFacts
}

/** Resources whose content is normative in R4 (FHIR R4 versions.html#std-process, resourcelist.html). */
const normative: ReadonlySet<string> = new Set([
  'Binary',
  'Bundle',
  'CapabilityStatement',
  'CodeSystem',
  'Observation',
  'OperationDefinition',
  'OperationOutcome',
  'Parameters',
  'Patient',
  'StructureDefinition',
  'ValueSet',
])

/**
 * What this server does (FHIR R4 capabilitystatement.html), made of what is there: its types, search parameters and
 * operations. Written once for each set of search parameters; half a megabyte is not for every request.
 */
export class CapabilityStatements {
  readonly #context: HubContext
  readonly #facts: CapabilityFacts
  readonly #startedAt: string
  #parameters: SearchParameters | undefined
  readonly #texts = new Map<string, string>()

  constructor(context: HubContext, facts: CapabilityFacts) {
    this.#context = context
    this.#facts = facts
    this.#startedAt = new Date(context.now()).toISOString()
  }

  /** @throws HubError 400 for a mode that there is not (FHIR R4 http.html#capabilities) */
  async text(mode: string): Promise<string> {
    const parameters = this.#context.searchParameters()
    if (parameters !== this.#parameters) {
      this.#texts.clear()
      this.#parameters = parameters
    }
    const known = this.#texts.get(mode)
    if (known !== undefined) return known
    const text = JSON.stringify(this.#statement(mode, parameters, await this.#operations()))
    this.#texts.set(mode, text)
    return text
  }

  /** The standard's definitions of the operations that are here. */
  async #operations(): Promise<readonly OperationDefinition[]> {
    return (await loadOperations()).filter(
      ({ code, url }) => this.#facts.operations.has(code) && !absentNamesakes.has(url),
    )
  }

  #statement(mode: string, parameters: SearchParameters, operations: readonly OperationDefinition[]): JsonObject {
    const types = [...this.#context.resourceTypes].toSorted()
    switch (mode) {
      case 'full':
        return this.#capabilities(types, parameters, operations)
      case 'normative':
        return this.#capabilities(
          types.filter(type => normative.has(type)),
          parameters,
          operations,
        )
      case 'terminology':
        return terminologyCapabilities(this.#context.baseUrl, this.#startedAt)
      default:
        throw malformed('mode', 'it is full, normative or terminology')
    }
  }

  #capabilities(
    types: readonly string[],
    parameters: SearchParameters,
    operations: readonly OperationDefinition[],
  ): JsonObject {
    const { baseUrl } = this.#context
    return {
      resourceType: 'CapabilityStatement',
      url: `${baseUrl}/metadata`,
      name: 'SambandHub',
      title: 'Samband hub',
      status: 'active',
      date: this.#startedAt,
      kind: 'instance',
      software: { name: 'Samband' },
      implementation: { description: 'Samband: FHIR R4 on PostgreSQL', url: baseUrl },
      fhirVersion: FHIR_VERSION,
      format: [...formats],
      patchFormat: ['application/json-patch+json', ...formats.filter(format => format.includes('/'))],
      ...present('implementationGuide', this.#context.guides.implementationGuides),
      rest: [
        {
          mode: 'server',
          ...restSecurity(this.#facts.security),
          resource: types.map(type => this.#resource(type, parameters, operations)),
          interaction: ['transaction', 'batch', 'search-system', 'history-system'].map(code => ({ code })),
          searchParam: [...parameters.forType('Resource').values()].map(searchParam),
          ...present('operation', operationsAt(operations, undefined)),
          compartment: this.#context.compartments.filter(({ search }) => search).map(({ url }) => url),
        },
      ],
    }
  }

  #resource(type: string, parameters: SearchParameters, operations: readonly OperationDefinition[]): JsonObject {
    const own = [...parameters.forType(type).values()].toSorted((a, b) => (a.code < b.code ? -1 : 1))
    return {
      type,
      profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
      ...present('supportedProfile', this.#context.guides.profiles.get(type) ?? []),
      interaction: typeInteractions.map(code => ({ code })),
      versioning: 'versioned-update',
      readHistory: true,
      updateCreate: true,
      conditionalCreate: true,
      conditionalRead: 'full-support',
      conditionalUpdate: true,
      conditionalDelete: this.#facts.conditionalDelete ?? 'multiple',
      referencePolicy: ['literal', 'logical', 'local', ...(this.#context.references === 'refuse' ? ['enforced'] : [])],
      searchInclude: [
        '*',
        ...own.filter(({ type: kind }) => kind === 'reference').map(({ code }) => `${type}:${code}`),
      ],
      ...present('searchRevInclude', this.#revIncludes(type, parameters)),
      ...present('searchParam', own.map(searchParam)),
      ...present('operation', operationsAt(operations, type)),
    }
  }

  #revIncludes(target: string, parameters: SearchParameters): readonly string[] {
    this.#referring ??= referringTo(this.#context.resourceTypes, parameters)
    return this.#referring.get(target) ?? []
  }

  #referring: ReadonlyMap<string, readonly string[]> | undefined
}

const formats = [...Object.values(CONTENT_TYPES).map(format => format.replace(/;.*$/, '')), 'json', 'xml'] as const

const typeInteractions = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
] as const

function searchParam({ code, url, type }: SearchParameter): JsonObject {
  return { name: code, definition: url, type }
}

function present(name: string, list: readonly unknown[]): JsonObject {
  return list.length === 0 ? {} : { [name]: list }
}

/** By type: the references that may lead to it, as `_revinclude` names them. Those that lead anywhere are left out: they are too many. */
function referringTo(types: ReadonlySet<string>, parameters: SearchParameters): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const source of [...types].toSorted()) {
    for (const parameter of parameters.forType(source).values()) {
      if (parameter.type !== 'reference') continue
      const targets = parameters.targetsOf(parameter)
      if (targets.length === types.size) continue
      for (const target of targets) {
        const list = found.get(target) ?? []
        list.push(`${source}:${parameter.code}`)
        found.set(target, list)
      }
    }
  }
  return found
}
