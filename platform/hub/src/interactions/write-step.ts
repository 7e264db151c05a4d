import type { JsonObject } from '@samband/fhir/fhirpath'
import type { HubIssue } from '../hub-error.ts'
import type { ResourceName, StoredResource } from '../storage/stored.ts'
import type { PreparedResource } from './prepared-resource.ts'
import type { Preconditions } from './write-outcome.ts'

/**
 * One change, with its target known: by its id, or found by its criteria in the same database transaction. `expected` is
 * the version that a search found; when another is there once its row is locked, the transaction runs again.
 */
export type WriteStep =
  /** With an id that was made for it. */
  | { readonly kind: 'insert'; readonly prepared: PreparedResource; readonly warnings: readonly HubIssue[] }
  | ({
      readonly kind: 'put'
      readonly prepared: PreparedResource
      readonly warnings: readonly HubIssue[]
      readonly expected?: number
      /** Whether the resource must not exist: the criteria of a conditional update met none, and the body has an id. */
      readonly mustBeNew?: boolean
    } & Preconditions)
  | ({
      readonly kind: 'patch'
      readonly name: ResourceName
      /** From the resource to what is prepared; throws HubError where it cannot be applied or its result is invalid. */
      readonly apply: (resource: JsonObject) => { prepared: PreparedResource; warnings: readonly HubIssue[] }
      readonly expected?: number
    } & Preconditions)
  | ({ readonly kind: 'delete'; readonly name: ResourceName; readonly expected?: number } & Preconditions)
  /** A conditional creation found one: nothing is written. */
  | { readonly kind: 'found'; readonly stored: StoredResource; readonly warnings: readonly HubIssue[] }

/** Whose row a step needs. */
export function nameOfStep(step: WriteStep): ResourceName | undefined {
  switch (step.kind) {
    case 'put':
      return step.prepared
    case 'patch':
    case 'delete':
      return step.name
    case 'insert':
    case 'found':
      return undefined
  }
}

/** Something that a search found has changed before its row was locked: the transaction runs again, as after a collision. */
export class ChangedMeanwhile extends Error {
  /** As PostgreSQL says it of a serialisation failure. */
  readonly code = '40001'
}
