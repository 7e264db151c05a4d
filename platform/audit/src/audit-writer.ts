import { SambandError } from '@samband/errors'
import { type Database, toDatabaseError } from '@samband/store'
import type { AuditEvent } from './audit-event.ts'
import type { AuditLimits } from './limits.ts'

export type NumberedEvent = { readonly id: number; readonly event: AuditEvent }

type Waiting = NumberedEvent & { readonly resolve: () => void; readonly reject: (error: SambandError) => void }

/**
 * Group commit: while one batch is being written the next gathers, so a lone event waits for nobody and many cost one
 * commit. What cannot be written is rejected, not kept: the caller then withholds its answer.
 */
export class AuditWriter {
  readonly #db: Database
  readonly #tenant: number
  readonly #limits: AuditLimits
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(db: Database, tenant: number, limits: AuditLimits) {
    this.#db = db
    this.#tenant = tenant
    this.#limits = limits
  }

  /** Resolves when the event is on disk. */
  write(numbered: NumberedEvent): Promise<void> {
    if (this.#waiting.length >= this.#limits.pendingMax) {
      throw new SambandError({
        code: 'audit-backlog-full',
        category: 'busy',
        message: `${this.#limits.pendingMax} audit events wait for the database: try again`,
      })
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...numbered, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#limits.batchMax)
      try {
        await this.#insert(batch)
        for (const { resolve } of batch) resolve()
      } catch (thrown) {
        const error = toDatabaseError(thrown, 'writing the audit log')
        for (const { reject } of batch) reject(error)
      }
    }
    this.#running = undefined
  }

  async #insert(batch: readonly NumberedEvent[]): Promise<void> {
    const events = batch.map(({ event }) => event)
    await this.#db.pool.query({
      name: 'audit-insert',
      text: `
        insert into audit.event
          (tenant, id, actor, actor_kind, action, subject_kind, subject_id, patient, outcome, purpose, detail, address)
        select $1, * from unnest($2::int8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int8[],
          $9::text[], $10::text[], $11::jsonb[], $12::text[])`,
      values: [
        this.#tenant,
        batch.map(({ id }) => id),
        events.map(event => event.actor),
        events.map(event => event.actorKind),
        events.map(event => event.action),
        events.map(event => event.subject?.kind ?? null),
        events.map(event => event.subject?.id ?? null),
        events.map(event => event.patient ?? null),
        events.map(event => event.outcome),
        events.map(event => event.purpose ?? null),
        events.map(event => JSON.stringify(event.detail ?? {})),
        events.map(event => event.address ?? null),
      ],
    })
  }
}
