import type { JsonObject } from '@samband/fhir/fhirpath'
import type { HubIssue } from '../hub-error.ts'
import type { HubRequest } from '../http/hub-request.ts'
import type { Route } from '../http/route.ts'
import type { Criteria } from '../interactions/criteria.ts'
import type { PreparedResource } from '../interactions/prepared-resource.ts'
import type { Patch, Preconditions } from '../interactions/write-outcome.ts'

/** What an entry of a transaction will do, read and checked before the database is asked. */
export type TransactionEntry = WriteEntry | PatchEntry | DeleteEntry | ReadEntry

type Common = {
  /** Place in the request, from 0. */
  readonly index: number
  /** 'Bundle.entry[3]'. */
  readonly at: string
  readonly type: string
}

/** A creation, or an update by id or by criteria. */
export type WriteEntry = Common &
  Preconditions & {
    readonly kind: 'create' | 'update'
    readonly fullUrl: string | undefined
    /** As the client sent it. */
    readonly resource: JsonObject
    /** The id of the address; else the client's own in the body of a conditional update; else one made for it. */
    readonly id: string
    /** The id that the body of a conditional update has. */
    readonly ownId: string | undefined
    readonly criteria: Criteria | undefined
  }

export type PatchEntry = Common &
  Preconditions & {
    readonly kind: 'patch'
    readonly id: string | undefined
    readonly criteria: Criteria | undefined
    readonly patch: Patch
    readonly fullUrl: string | undefined
  }

export type DeleteEntry = Common &
  Preconditions & { readonly kind: 'delete'; readonly id: string | undefined; readonly criteria: Criteria | undefined }

export type ReadEntry = Omit<Common, 'type'> & {
  readonly kind: 'read'
  readonly request: HubRequest
  readonly route: Extract<Route, { kind: 'read' | 'search' }>
}

/** A write whose links lead where they will, as far as that is known before the database is asked. */
export type LinkedWrite = {
  readonly entry: WriteEntry
  readonly prepared: PreparedResource
  readonly warnings: readonly HubIssue[]
  /** Links that the database may still change: conditional references, and to entries that may turn out to be another resource. */
  readonly open: ReadonlySet<string>
}
