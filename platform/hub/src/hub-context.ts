import { type FhirFormat, formatJson, type Subsetter } from '@samband/fhir'
import type { CompartmentDefinition } from '@samband/fhir/definitions'
import type { FhirPathCompiler, JsonObject, UcumPort } from '@samband/fhir/fhirpath'
import type { SearchExtractor, SearchParameters } from '@samband/fhir/search'
import type { Validator } from '@samband/fhir/validation'
import type { XmlFormat } from '@samband/fhir/xml'
import type { FeedWake } from './feed/feed-wake.ts'
import type { HubIssue } from './hub-error.ts'
import type { HubLimits } from './limits.ts'
import type { Guides } from './packages/guides.ts'
import type { AuditPort, AuthorizePort, HubLog, HubTerminology } from './ports.ts'
import type { Reindexing } from './reindex/reindexing.ts'
import type { HubStore } from './storage/hub-store.ts'
import type { Indexer } from './storage/indexer.ts'
import type { ChangeMethod, ResourceName } from './storage/stored.ts'
import type { VersionWrite } from './storage/write-rows.ts'

/** What every interaction needs. One for each hub; nothing in it belongs to a request. */
export interface HubContext {
  readonly store: HubStore
  readonly limits: HubLimits
  /** 'https://fhir.example.org/fhir', without a slash at the end: in links, locations and full URLs. */
  readonly baseUrl: string
  readonly resourceTypes: ReadonlySet<string>
  readonly compartments: readonly CompartmentDefinition[]
  /** The standard's and those that are active of the deployment's own. */
  searchParameters(): SearchParameters
  extractor(): SearchExtractor
  readonly fhirPath: FhirPathCompiler
  readonly indexer: Indexer
  readonly validator: Validator
  /** The implementation guides that resources may claim. */
  readonly guides: Guides
  readonly subsetter: Subsetter
  readonly xml: XmlFormat
  readonly ucum: UcumPort | undefined
  readonly terminology: HubTerminology | undefined
  readonly authorize: AuthorizePort
  readonly audit: AuditPort
  readonly log: HubLog
  /** Epoch milliseconds. */
  readonly now: () => number
  /** References to nowhere: 'refuse' (only within this server), or 'accept'. */
  readonly references: 'refuse' | 'accept'
  /** Wakes what follows the change feed. */
  readonly feed: FeedWake
  readonly reindexing: Reindexing
  /**
   * What has to hold for resources of a type beyond the standard's rules, because the hub works by them; by type. A write
   * with an error among them is refused with 422.
   */
  readonly resourceChecks: ReadonlyMap<string, (resource: JsonObject) => readonly HubIssue[]>
  /** Ends what runs in the background and waits for what is being written; the database stays open. */
  close(): Promise<void>
}

export type { FhirFormat }

/** A version of `resource` as it is stored: with its id and meta set, and all that finds it. */
export function versionOf(
  context: HubContext,
  resource: JsonObject,
  version: ResourceName & {
    readonly method: ChangeMethod
    readonly exists: boolean
    readonly rid: number
    readonly version: number
    readonly at: number
  },
): VersionWrite {
  const { type, id, at } = version
  const own = resource['meta']
  const meta = {
    ...(typeof own === 'object' && own !== null ? own : {}),
    versionId: String(version.version),
    lastUpdated: new Date(at).toISOString(),
  }
  const { resourceType: _type, id: _id, meta: _meta, ...rest } = resource
  const stored = { resourceType: type, id, meta, ...rest }
  return {
    ...version,
    key: context.store.keys.resource(type, id),
    content: formatJson(stored),
    rows: context.indexer.rows(stored),
  }
}
