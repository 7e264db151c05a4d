/**
 * One access to patient data, or one act. The fields are those that FHIR AuditEvent and IHE ATNA ask for (who, what,
 * when, on what, from where, why, with what result), so that the log can be given out in either form.
 *
 * Nothing in it identifies a patient but `patient`, a keyed hash (see `blindIndex` of @samband/store).
 */
export type AuditEvent = {
  /** A user name, a token's name, or 'system'. */
  readonly actor: string
  readonly actorKind: ActorKind
  /** kebab-case: 'message-body-read', 'message-resend', 'sign-in'. */
  readonly action: string
  readonly subject?: AuditSubject
  /** Keyed hash of the patient whose data it concerns, or who was searched for. */
  readonly patient?: number
  readonly outcome: AuditOutcome
  /** Why, when the actor gave a reason or the route declares one: 'treatment', 'fault search, ticket 4711'. */
  readonly purpose?: string
  /** Facts for the auditor, without patient data. */
  readonly detail?: AuditDetail
  /** Network address of the actor. */
  readonly address?: string
}

export type ActorKind = 'person' | 'token' | 'system'
export type AuditOutcome = 'success' | 'failure'
/** { kind: 'message', id: '890762056827008' }, { kind: 'route', id: 'lab-results' } */
export type AuditSubject = { readonly kind: string; readonly id: string }
export type AuditDetail = Readonly<Record<string, string | number | boolean>>

export type RecordedAuditEvent = AuditEvent & {
  /** Sorts by time. */
  readonly id: number
  readonly at: Date
}
