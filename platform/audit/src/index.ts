export { type Audit, type AuditOptions, openAudit } from './audit.ts'
export type {
  ActorKind,
  AuditDetail,
  AuditEvent,
  AuditOutcome,
  AuditSubject,
  RecordedAuditEvent,
} from './audit-event.ts'
export type { AuditPage, AuditQuery } from './audit-search.ts'
export { type AuditLimits, defaultAuditLimits } from './limits.ts'
