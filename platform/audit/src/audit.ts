import { SambandError } from '@samband/errors'
import { createIdGenerator, type Database, type IdGenerator, idFromTime, migrate } from '@samband/store'
import type { AuditEvent, RecordedAuditEvent } from './audit-event.ts'
import { type AuditPage, type AuditQuery, searchAudit } from './audit-search.ts'
import { AuditWriter } from './audit-writer.ts'
import { type AuditLimits, defaultAuditLimits } from './limits.ts'
import { auditMigrations } from './migrations.ts'

export type AuditOptions = {
  readonly db: Database
  readonly tenant: number
  /** Epoch milliseconds. */
  readonly now: () => number
  /** 0..31, unique among the processes on one database. */
  readonly node: number
  readonly limits?: Partial<AuditLimits>
}

/** The audit log of one tenant. */
export interface Audit {
  /**
   * Resolves when the event is on disk; only then may the data that it is about leave.
   *
   * @throws SambandError `audit-event-invalid`, `audit-backlog-full` (busy), or what the database failed with: then
   * nothing was recorded, and the data must not leave.
   */
  record(event: AuditEvent): Promise<void>
  search(query: AuditQuery): Promise<AuditPage>
  /** Every event that matches, newest first, page by page: for an export. */
  all(query: AuditQuery): AsyncIterable<RecordedAuditEvent>
  /** Removes what is older than the retention says, and records that, with the actor. Returns how many events went. */
  prune(before: Date, actor: Pick<AuditEvent, 'actor' | 'actorKind'>): Promise<number>
  /** Waits for what is under way; the database stays open. */
  close(): Promise<void>
}

export async function openAudit(options: AuditOptions): Promise<Audit> {
  const { db, tenant, now, node } = options
  await migrate(db, { schema: 'audit', migrations: auditMigrations })
  const { rows } = await db.pool.query<{ newest: number | null }>(
    'select max(id) as newest from audit.event where tenant = $1',
    [tenant],
  )
  const ids = createIdGenerator({ node, now, after: rows[0]?.newest ?? 0 })
  return new OpenAudit(db, tenant, ids, { ...defaultAuditLimits, ...options.limits })
}

class OpenAudit implements Audit {
  readonly #db: Database
  readonly #tenant: number
  readonly #ids: IdGenerator
  readonly #limits: AuditLimits
  readonly #writer: AuditWriter

  constructor(db: Database, tenant: number, ids: IdGenerator, limits: AuditLimits) {
    this.#db = db
    this.#tenant = tenant
    this.#ids = ids
    this.#limits = limits
    this.#writer = new AuditWriter(db, tenant, limits)
  }

  async record(event: AuditEvent): Promise<void> {
    assertBounded(event, this.#limits)
    await this.#writer.write({ id: this.#ids.next(), event })
  }

  search(query: AuditQuery): Promise<AuditPage> {
    return searchAudit(this.#db, this.#tenant, query, this.#limits.pageMax)
  }

  async *all(query: AuditQuery): AsyncIterable<RecordedAuditEvent> {
    let page = await this.search({ ...query, limit: this.#limits.pageMax })
    yield* page.events
    while (page.next !== undefined) {
      page = await this.search({ ...query, limit: this.#limits.pageMax, before: page.next })
      yield* page.events
    }
  }

  async prune(before: Date, { actor, actorKind }: Pick<AuditEvent, 'actor' | 'actorKind'>): Promise<number> {
    const removed = await this.#db.transaction(async client => {
      await client.query(
        `select set_config('samband.audit_prune', 'on', true), set_config('statement_timeout', '0', true)`,
      )
      const { rowCount } = await client.query('delete from audit.event where tenant = $1 and id < $2', [
        this.#tenant,
        idFromTime(before.getTime()),
      ])
      return rowCount ?? 0
    })
    const detail = { before: before.toISOString(), removed }
    await this.record({ actor, actorKind, action: 'audit-prune', outcome: 'success', detail })
    return removed
  }

  close(): Promise<void> {
    return this.#writer.drain()
  }
}

function assertBounded(event: AuditEvent, { textLengthMax, detailBytesMax }: AuditLimits): void {
  const { actor, action, subject, purpose, address } = event
  const texts = { actor, action, 'subject.kind': subject?.kind, 'subject.id': subject?.id, purpose, address }
  const long = Object.entries(texts).find(([, text]) => (text?.length ?? 0) > textLengthMax)
  if (long !== undefined) throw invalid(`${long[0]} is longer than ${textLengthMax} characters`)
  if (actor === '' || action === '') throw invalid('actor and action must not be empty')
  if (Buffer.byteLength(JSON.stringify(event.detail ?? {})) > detailBytesMax) {
    throw invalid(`detail is larger than ${detailBytesMax} bytes`)
  }
}

function invalid(reason: string): SambandError {
  return new SambandError({
    code: 'audit-event-invalid',
    category: 'incorrect',
    message: `the audit event cannot be recorded: ${reason}`,
  })
}
