import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Queryable } from '@samband/store'
import type { Caller } from '../access/caller.ts'
import type { HubIssue } from '../hub-error.ts'
import type { ChangeMethod, StoredVersion } from '../storage/stored.ts'

/** What a write did. `stored` is absent after a deletion that found nothing to delete. */
export type WriteOutcome = {
  /** 201 when the resource is new or was deleted before, 204 for deletions. */
  readonly status: 200 | 201 | 204
  readonly stored?: StoredVersion
  readonly method: ChangeMethod
  /** False when all was already as asked for: no version was made. */
  readonly changed: boolean
  /** What the validator says of the resource that is no error. */
  readonly warnings: readonly HubIssue[]
}

export type CreateRequest = {
  readonly caller: Caller
  readonly type: string
  readonly resource: JsonObject
  /** `If-None-Exist`: a search, as it stands after `?`. */
  readonly ifNoneExist?: string
}

/** Preconditions as HTTP says them: entity tags, `W/"3"`, or `*`. */
export type Preconditions = {
  readonly ifMatch?: string
  readonly ifNoneMatch?: string
}

export type UpdateRequest = Preconditions & {
  readonly caller: Caller
  readonly type: string
  readonly id: string
  readonly resource: JsonObject
}

export type UpdateByCriteriaRequest = Preconditions & {
  readonly caller: Caller
  readonly type: string
  /** A search, as it stands after `?`. */
  readonly criteria: string
  readonly resource: JsonObject
}

export type Patch =
  | { readonly kind: 'json-patch'; readonly operations: unknown }
  | { readonly kind: 'fhirpath-patch'; readonly parameters: JsonObject }

export type PatchRequest = {
  readonly caller: Caller
  readonly type: string
  readonly patch: Patch
  readonly ifMatch?: string
} & ({ readonly id: string; readonly criteria?: never } | { readonly id?: never; readonly criteria: string })

export type DeleteRequest = {
  readonly caller: Caller
  readonly type: string
  readonly id: string
  readonly ifMatch?: string
}

export type DeleteByCriteriaRequest = {
  readonly caller: Caller
  readonly type: string
  readonly criteria: string
  /** Whether all that match may go (`CapabilityStatement.rest.resource.conditionalDelete`). */
  readonly multiple: boolean
}

export type BundleRequest = {
  readonly caller: Caller
  readonly bundle: JsonObject
  /** A database transaction of the caller's, who commits it. */
  readonly client?: Queryable
}
