import type { Database } from '@samband/store'
import { resourceTable } from './resource-table.ts'

/** Rows of a type that this process has written when it looks what the planner knows of the table. */
const looksAt: readonly number[] = [200, 2_000, 20_000]

/** A table that was analysed with a smaller share of the rows that this process alone has written counts as new. */
const knownShareMin = 0.5

/**
 * Analyses tables that are new, which autovacuum does a minute or two later. Until then the planner takes one tenant and one
 * type for rare, and prefers any index on them to the primary key (measured: 5 ms to lock a row among 8,000, instead of 0.04);
 * and what was planned for 200 rows, reading all of them, stays planned so for 20,000.
 */
export class FirstAnalysis {
  readonly #db: Database
  readonly #written = new Map<string, number>()
  #running: Promise<void> = Promise.resolve()

  constructor(db: Database) {
    this.#db = db
  }

  written(writes: readonly { readonly type: string }[]): void {
    for (const { type } of writes) {
      const count = (this.#written.get(type) ?? 0) + 1
      this.#written.set(type, count)
      if (looksAt.includes(count)) this.#running = this.#running.then(() => this.#look(type, count))
    }
  }

  async drained(): Promise<void> {
    await this.#running
  }

  async #look(type: string, written: number): Promise<void> {
    const table = resourceTable(type)
    try {
      const { rows } = await this.#db.pool.query<{ readonly rows: number }>(
        'select reltuples::float8 as rows from pg_class where oid = $1::regclass',
        [table],
      )
      if ((rows[0]?.rows ?? 0) >= written * knownShareMin) return
      await this.#db.pool.query(`analyze ${table}, hub.date, hub.quantity, hub.string, hub.history`)
    } catch {
      // Only slower until autovacuum comes; what is wrong with the database is told by the writes themselves.
    }
  }
}
