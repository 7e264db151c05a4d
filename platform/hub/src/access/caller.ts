import type { ResourceName } from '../storage/stored.ts'

/** FHIR interactions as scopes tell them apart (SMART App Launch 2.2 §scopes: c, r, u, d, s). */
export type AccessKind = 'create' | 'read' | 'update' | 'delete' | 'search'

/** Who asks. Made by the one who verified the token; the hub only asks it. */
export interface Caller {
  /** A user name, a client id, or 'system': for the audit. */
  readonly actor: string
  readonly actorKind: 'person' | 'token' | 'system'
  /** Network address. */
  readonly address?: string
  /** Why, where the caller said it: 'treatment'. */
  readonly purpose?: string
  /** Who made a resource, for `{ patient }` contexts: the patient in the launch context. */
  readonly patient?: string
  /** Whether the caller may do this at all with resources of a type, and with which of them. */
  access(kind: AccessKind, type: string): Visibility
}

/**
 * Which resources of a type: none, all, or those that fit one of the filters. Everything that gives out a resource or says
 * that it exists keeps to it: reads, searches with their chains and includes, history, conditional interactions, operations.
 */
export type Visibility = 'none' | 'all' | readonly VisibilityFilter[]

export type VisibilityFilter = {
  /** Only what is in the compartment of this resource. */
  readonly compartment?: ResourceName
  /** Only what this search finds: 'category=laboratory'. */
  readonly query?: string
}

/** For routes and the platform's own work. */
export const systemCaller: Caller = { actor: 'system', actorKind: 'system', access: () => 'all' }
