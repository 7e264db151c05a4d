import { Subsetter } from '@samband/fhir'
import {
  type CompartmentDefinition,
  loadCompartments,
  loadSearchParameters,
  loadTypes,
  loadValueSets,
} from '@samband/fhir/definitions'
import { createFhirPathCompiler, modelFromStructureDefinitions, type UcumPort } from '@samband/fhir/fhirpath'
import { packageTerminology } from '@samband/fhir/packages'
import { codeSystemsOf } from '@samband/fhir/search'
import { loadValidator, type ValidationPolicy } from '@samband/fhir/validation'
import { loadXmlFormat } from '@samband/fhir/xml'
import type { Database } from '@samband/store'
import { FeedWake } from './feed/feed-wake.ts'
import type { HubContext } from './hub-context.ts'
import { type HubLimits, hubLimitsDefault } from './limits.ts'
import { loadGuides, tryProfiles } from './packages/guides.ts'
import { packageIndexing, packageParameters } from './packages/package-parameters.ts'
import type { PackageFile } from './packages/read-packages.ts'
import type { AuditPort, AuthorizePort, HubLog, HubTerminology } from './ports.ts'
import { checkSearchParameter } from './reindex/check-search-parameter.ts'
import { storedObject } from './reindex/definition-changes.ts'
import { OwnParameters } from './reindex/own-parameters.ts'
import { Reindexing } from './reindex/reindexing.ts'
import { loadUcum } from './search/ucum.ts'
import { HubStore } from './storage/hub-store.ts'
import { Indexer } from './storage/indexer.ts'
import type { VersionWrite } from './storage/write-rows.ts'

export type HubOptions = {
  readonly db: Database
  readonly tenant: number
  /** 0..31, unique among the processes on one database. */
  readonly node: number
  /** A function where the address is only known once the server listens. */
  readonly baseUrl: string | (() => string)
  readonly authorize?: AuthorizePort
  readonly audit?: AuditPort
  readonly terminology?: HubTerminology
  /** UCUM's units by default. */
  readonly ucum?: UcumPort
  readonly log?: HubLog
  readonly limits?: Partial<HubLimits>
  readonly references?: 'refuse' | 'accept'
  /** Implementation guides (`.tgz`), the same for all processes: their profiles, value sets and search parameters. */
  readonly packages?: readonly PackageFile[]
  /** What is said of what the standard leaves open. */
  readonly validation?: HubValidation
  readonly now?: () => number
  /** Whether this process works on jobs of reindexing, beside others; it does unless told. */
  readonly reindex?: boolean
}

export type HubValidation = Partial<Omit<ValidationPolicy, 'issuesMax' | 'unknownProfiles'>> & {
  /** Profiles that a resource claims and this server does not know: told, or refused. */
  readonly unknownProfiles?: 'warning' | 'error'
}

const silent: HubLog = { info: () => {}, warn: () => {}, error: () => {} }

/** Makes the tables and loads the definitions. The HTTP server, the routes' destinations and the jobs are made of what it answers. */
export async function openHub(options: HubOptions): Promise<HubContext> {
  const { db, tenant, node, now = Date.now } = options
  const limits = { ...hubLimitsDefault, ...options.limits }
  const log = options.log ?? silent
  const guides = await loadGuides(options.packages ?? [], { limits, log })
  const [types, valueSets, compartments, definitions] = await Promise.all([
    loadTypes(),
    loadValueSets(),
    loadCompartments(),
    loadSearchParameters(),
  ])
  const resourceTypes = new Set(types.resourceTypes())
  const libraries = guides.packages.map(({ guide }) => guide)
  const validator = await loadValidator({
    definitions: libraries,
    terminology: packageTerminology(libraries),
    policy: options.validation ?? {},
  })
  tryProfiles(guides, validator)
  const store = await HubStore.open({ db, tenant, node, now, resourceTypes, limits })
  const compiler = createFhirPathCompiler(modelFromStructureDefinitions(types.types()))
  const baseUrl = baseUrlOf(options.baseUrl)
  const ucum = options.ucum ?? loadUcum()
  const settings = { codeSystem: codeSystemsOf(valueSets), isOwnBase: (base: string) => base === baseUrl(), ucum }
  const parameters = { standard: definitions, resourceTypes, compiler, settings }
  const ofGuides = packageParameters(guides.packages, { ...parameters, limits, log })
  const registry = new OwnParameters({ ...parameters, standard: [...definitions, ...ofGuides] })
  const indexer = new Indexer(store.keys, () => registry.extractor, compartments)
  store.bringUpToDate(write => withCurrentRows(indexer, write))
  const reindexing = new Reindexing({
    context: { store, limits, indexer, log },
    registry,
    packages: packageIndexing(ofGuides, definitions, resourceTypes),
    works: options.reindex ?? true,
  })
  const feed = await FeedWake.open({ store, limits, log, onConnected: client => reindexing.connected(client) })
  // A process that stays connected without knowing the definitions would hold up the jobs of all.
  await reindexing.start(feed).catch(async (thrown: unknown) => {
    await feed.close()
    throw thrown
  })
  return {
    store,
    limits,
    get baseUrl() {
      return baseUrl()
    },
    resourceTypes,
    compartments: compartments satisfies readonly CompartmentDefinition[],
    searchParameters: () => registry.parameters,
    extractor: () => registry.extractor,
    fhirPath: compiler,
    indexer,
    validator,
    guides,
    subsetter: new Subsetter(types),
    xml: await loadXmlFormat(),
    ucum,
    terminology: options.terminology,
    authorize: options.authorize ?? ((): void => {}),
    audit: options.audit ?? ((): void => {}),
    log,
    now,
    references: options.references ?? 'accept',
    feed,
    reindexing,
    resourceChecks: new Map([['SearchParameter', resource => checkSearchParameter(registry, limits, resource)]]),
    close: async () => {
      await reindexing.close()
      await store.close()
      await feed.close()
    },
  }
}

/** The search parameters may have changed between making a write ready and its statement. */
function withCurrentRows(indexer: Indexer, write: VersionWrite): VersionWrite {
  if (write.rows === undefined || write.rows.generation === indexer.generation) return write
  const resource = storedObject(write.content)
  return resource === undefined ? write : { ...write, rows: indexer.rows(resource) }
}

function baseUrlOf(given: HubOptions['baseUrl']): () => string {
  if (typeof given === 'function') return () => given().replace(/\/+$/, '')
  const baseUrl = given.replace(/\/+$/, '')
  return () => baseUrl
}
