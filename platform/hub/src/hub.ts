import { Subsetter } from '@samband/fhir'
import {
  type CompartmentDefinition,
  loadCompartments,
  loadSearchParameters,
  loadTypes,
  loadValueSets,
} from '@samband/fhir/definitions'
import { createFhirPathCompiler, modelFromStructureDefinitions, type UcumPort } from '@samband/fhir/fhirpath'
import { codeSystemsOf, createSearchExtractor, SearchParameters } from '@samband/fhir/search'
import { loadValidator } from '@samband/fhir/validation'
import { loadXmlFormat } from '@samband/fhir/xml'
import type { Database } from '@samband/store'
import type { HubContext } from './hub-context.ts'
import { type HubLimits, hubLimitsDefault } from './limits.ts'
import type { AuditPort, AuthorizePort, HubLog, HubTerminology } from './ports.ts'
import { HubStore } from './storage/hub-store.ts'
import { Indexer } from './storage/indexer.ts'

export type HubOptions = {
  readonly db: Database
  readonly tenant: number
  /** 0..31, unique among the processes on one database. */
  readonly node: number
  readonly baseUrl: string
  readonly authorize?: AuthorizePort
  readonly audit?: AuditPort
  readonly terminology?: HubTerminology
  readonly ucum?: UcumPort
  readonly log?: HubLog
  readonly limits?: Partial<HubLimits>
  readonly references?: 'refuse' | 'accept'
  readonly now?: () => number
}

const silent: HubLog = { info: () => {}, warn: () => {}, error: () => {} }

/** Makes the tables and loads the definitions. The HTTP server, the routes' destinations and the jobs are made of what it answers. */
export async function openHub(options: HubOptions): Promise<HubContext> {
  const { db, tenant, node, now = Date.now } = options
  const limits = { ...hubLimitsDefault, ...options.limits }
  const [types, valueSets, compartments, definitions] = await Promise.all([
    loadTypes(),
    loadValueSets(),
    loadCompartments(),
    loadSearchParameters(),
  ])
  const resourceTypes = new Set(types.resourceTypes())
  const store = await HubStore.open({ db, tenant, node, now, resourceTypes, limits })
  const compiler = createFhirPathCompiler(modelFromStructureDefinitions(types.types()))
  const parameters = new SearchParameters(definitions, resourceTypes)
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  const extractor = createSearchExtractor(compiler, parameters, {
    codeSystem: codeSystemsOf(valueSets),
    isOwnBase: base => base === baseUrl,
    ...(options.ucum === undefined ? {} : { ucum: options.ucum }),
  })
  return {
    store,
    limits,
    baseUrl,
    resourceTypes,
    compartments: compartments satisfies readonly CompartmentDefinition[],
    searchParameters: () => parameters,
    extractor: () => extractor,
    fhirPath: compiler,
    indexer: new Indexer(store.keys, () => extractor, compartments),
    validator: await loadValidator(),
    subsetter: new Subsetter(types),
    xml: await loadXmlFormat(),
    ucum: options.ucum,
    terminology: options.terminology,
    authorize: options.authorize ?? ((): void => {}),
    audit: options.audit ?? ((): void => {}),
    log: options.log ?? silent,
    now,
    references: options.references ?? 'accept',
  }
}
