import { asTenant, type Database, idFromTime, timeOfId } from '@samband/store'
import type { ActorKind, AuditDetail, AuditOutcome, AuditSubject, RecordedAuditEvent } from './audit-event.ts'

/** Everything given must hold. */
export type AuditQuery = {
  /** From this moment on. */
  readonly from?: Date
  /** Before this moment. */
  readonly to?: Date
  readonly actor?: string
  readonly action?: string
  readonly subject?: AuditSubject
  readonly patient?: number
  readonly outcome?: AuditOutcome
  /** Older than this event: the `next` of the page before. */
  readonly before?: number
  /** Default 100, bounded by `pageMax`. */
  readonly limit?: number
}

export type AuditPage = {
  /** Newest first. */
  readonly events: readonly RecordedAuditEvent[]
  /** Present when there are older ones: the `before` of the next page. */
  readonly next?: number
}

const defaultPage = 100

type EventRow = {
  id: number
  actor: string
  actor_kind: ActorKind
  action: string
  subject_kind: string | null
  subject_id: string | null
  patient: number | null
  outcome: AuditOutcome
  purpose: string | null
  detail: AuditDetail
  address: string | null
}

export async function searchAudit(
  db: Database,
  tenant: number,
  query: AuditQuery,
  pageMax: number,
): Promise<AuditPage> {
  const limit = Math.max(1, Math.min(query.limit ?? defaultPage, pageMax))
  const { text, values } = statementOf(tenant, query, limit + 1)
  const { rows } = await asTenant(db, tenant, client => client.query<EventRow>(text, values))
  const events = rows.slice(0, limit).map(eventOf)
  const last = events.at(-1)
  return rows.length > limit && last !== undefined ? { events, next: last.id } : { events }
}

function statementOf(tenant: number, query: AuditQuery, limit: number): { text: string; values: unknown[] } {
  const values: unknown[] = [tenant]
  const conditions = ['tenant = $1']
  const where = (column: string, operator: '=' | '<' | '>=', value: unknown): void => {
    if (value === undefined) return
    values.push(value)
    conditions.push(`${column} ${operator} $${values.length}`)
  }
  where('id', '>=', query.from && idFromTime(query.from.getTime()))
  where('id', '<', query.to && idFromTime(query.to.getTime()))
  where('id', '<', query.before)
  where('actor', '=', query.actor)
  where('action', '=', query.action)
  where('subject_kind', '=', query.subject?.kind)
  where('subject_id', '=', query.subject?.id)
  where('patient', '=', query.patient)
  where('outcome', '=', query.outcome)
  values.push(limit)
  const text = `
    select id, actor, actor_kind, action, subject_kind, subject_id, patient, outcome, purpose, detail, address
      from audit.event where ${conditions.join(' and ')} order by id desc limit $${values.length}`
  return { text, values }
}

function eventOf(row: EventRow): RecordedAuditEvent {
  const { subject_kind: kind, subject_id: id } = row
  return {
    id: row.id,
    at: new Date(timeOfId(row.id)),
    actor: row.actor,
    actorKind: row.actor_kind,
    action: row.action,
    outcome: row.outcome,
    detail: row.detail,
    ...(kind !== null && id !== null && { subject: { kind, id } }),
    ...(row.patient !== null && { patient: row.patient }),
    ...(row.purpose !== null && { purpose: row.purpose }),
    ...(row.address !== null && { address: row.address }),
  }
}
