import type { Database } from '@samband/store'
import { toDatabaseError } from '@samband/store'
import { textArray } from './array-literal.ts'
import { resourceTable } from './resource-table.ts'
import type { StoredResource } from './stored.ts'

type Waiting = {
  readonly id: string
  readonly resolve: (found: StoredResource | undefined) => void
  readonly reject: (error: unknown) => void
}

type Row = {
  readonly id: string
  readonly rid: number
  readonly version: number
  readonly at: number
  readonly content: string | null
}

/**
 * Reads of single resources that come in the same turn, or while the statements before them run, share a statement: a
 * round trip costs more than the rows.
 */
export class ReadQueue {
  readonly #db: Database
  readonly #tenant: number
  readonly #statementsMax: number
  readonly #batchMax: number
  readonly #waiting = new Map<string, Waiting[]>()
  #running = 0
  #scheduled = false

  /** `statementsMax`: how many run at once. */
  constructor(db: Database, tenant: number, { statementsMax, batchMax }: { statementsMax: number; batchMax: number }) {
    this.#db = db
    this.#tenant = tenant
    this.#statementsMax = statementsMax
    this.#batchMax = batchMax
  }

  /** The current version, a deletion too. `type` is one of the standard's. */
  read(type: string, id: string): Promise<StoredResource | undefined> {
    return new Promise((resolve, reject) => {
      const list = this.#waiting.get(type)
      const one = { id, resolve, reject }
      if (list === undefined) this.#waiting.set(type, [one])
      else list.push(one)
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled || this.#running >= this.#statementsMax) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#start()
    })
  }

  #start(): void {
    for (const [type, list] of this.#waiting) {
      if (this.#running >= this.#statementsMax) return
      const batch = list.splice(0, this.#batchMax)
      if (list.length === 0) this.#waiting.delete(type)
      this.#running += 1
      void this.#fetch(type, batch).finally(() => {
        this.#running -= 1
        if (this.#waiting.size > 0) this.#schedule()
      })
    }
    if (this.#waiting.size > 0) this.#schedule()
  }

  async #fetch(type: string, batch: readonly Waiting[]): Promise<void> {
    const table = resourceTable(type)
    try {
      const { rows } = await this.#db.pool.query<Row>({
        name: `hub-read-${type}`,
        text: `select id, rid, version, at, content from ${table} where tenant = $1 and type = '${type}' and id = any($2::text[])`,
        values: [this.#tenant, textArray(batch.map(({ id }) => id))],
      })
      const found = new Map(rows.map(row => [row.id, row]))
      for (const { id, resolve } of batch) {
        const row = found.get(id)
        resolve(row === undefined ? undefined : { ...row, type, content: row.content ?? undefined })
      }
    } catch (thrown) {
      for (const { reject } of batch) reject(toDatabaseError(thrown, 'reading resources'))
    }
  }
}
