import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Pair } from '@samband/fhir/search'
import type { Queryable } from '@samband/store'
import type { Caller } from '../access/caller.ts'
import type { ChangeMethod, ResourceName } from '../storage/stored.ts'

/** One request as the dispatcher takes it: from a socket, from an entry of a batch, from a test. Nothing of HTTP's wire is left. */
export type HubRequest = {
  /** 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE' or 'OPTIONS'. */
  readonly method: string
  /** What stands below the base, decoded: ['Patient', '1', '_history', '2']. */
  readonly segments: readonly string[]
  readonly query: readonly Pair[]
  readonly headers: HubRequestHeaders
  readonly body?: HubBody
  readonly caller: Caller
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal
  /** A search runs in this transaction of the database, and sees what it has written: a GET in a transaction. */
  readonly client?: Queryable
}

/** As the client wrote them. */
export type HubRequestHeaders = {
  readonly ifMatch?: string
  readonly ifNoneMatch?: string
  readonly ifModifiedSince?: string
  readonly ifNoneExist?: string
  readonly prefer?: string
}

export type HubBody =
  | { readonly kind: 'resource'; readonly resource: JsonObject }
  | { readonly kind: 'form'; readonly pairs: readonly Pair[] }
  /** What an `application/json-patch+json` body holds, not yet looked at. */
  | { readonly kind: 'json-patch'; readonly operations: unknown }

export type AnswerHeaders = Readonly<Record<string, string>>

/** A resource that an answer gives out or that was changed, for the audit. */
export type TouchedResource = ResourceName & { readonly method?: ChangeMethod }

export type HubAnswer = {
  readonly status: number
  /** Names in lower case: etag, last-modified, location, allow. */
  readonly headers: AnswerHeaders
  /** The body; or `text`, or neither. */
  readonly resource?: JsonObject
  /** The body as JSON that is ready to be sent: stored resources are given out without being parsed. */
  readonly text?: string
  /** The same text is given out again and again: what it is written as is worth keeping. */
  readonly isFixed?: boolean
  readonly resources: readonly TouchedResource[]
  /** Ids of the patients whose data it has, where that cannot be seen in the body. */
  readonly patients?: readonly string[]
}

/** Never throws: what goes wrong is an answer with an OperationOutcome. */
export type Dispatch = (request: HubRequest) => Promise<HubAnswer>
