import type { Caller } from './access/caller.ts'
import type { ChangeMethod, ResourceName } from './storage/stored.ts'

/** One interaction, before it is done (authorize) and with its outcome (audit). */
export type Interaction = {
  readonly caller: Caller
  /** 'read', 'vread', 'search-type', 'history-instance', 'create', 'transaction', '$everything' ... (FHIR R4 valueset-restful-interaction) */
  readonly code: string
  readonly type?: string
  readonly id?: string
}

/** Asked before each interaction, beside the caller's scopes: consent, break-the-glass, policies. Throws HubError to refuse. */
export type AuthorizePort = (interaction: Interaction) => Promise<void> | void

/**
 * Told of each interaction before its answer leaves; what it throws is what the client gets instead. `resources` are those
 * that the answer gives out or that were changed, so that the audit can tell whose data it was.
 */
export type AuditPort = (event: HubAuditEvent) => Promise<void> | void

export type HubAuditEvent = Interaction & {
  readonly outcome: 'success' | 'failure'
  /** HTTP status, or what it would be. */
  readonly status: number
  readonly resources: readonly (ResourceName & { readonly method?: ChangeMethod })[]
  /** Patients in whose compartments those are, by id. */
  readonly patients: readonly string[]
}

export type HubLog = {
  readonly info: (event: string, facts?: Readonly<Record<string, string | number | boolean>>) => void
  readonly warn: (event: string, facts?: Readonly<Record<string, string | number | boolean>>) => void
  readonly error: (event: string, facts?: Readonly<Record<string, string | number | boolean>>) => void
}

/** Codes beyond what the standard lists: for `:in`, `:not-in`, `:above`, `:below`, and bindings. The terminology server is behind it. */
export interface HubTerminology {
  /** All codes of a value set; undefined when it is not known, or too large. */
  expand(valueSetUrl: string): Promise<readonly { readonly system: string; readonly code: string }[] | undefined>
  /** Codes below (or above) a code, itself included; undefined when the system is not known. */
  hierarchy(
    direction: 'above' | 'below',
    system: string | undefined,
    code: string,
  ): Promise<readonly { readonly system: string; readonly code: string }[] | undefined>
}
