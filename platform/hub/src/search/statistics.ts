import type { HubContext } from '../hub-context.ts'
import type { Key } from '../storage/keys.ts'
import { resourceTable } from '../storage/resource-table.ts'
import type { SearchScope } from './scope.ts'
import type { Statement } from './run-statement.ts'

/** What is known of a type's resources; a little old. */
export type TypeStatistics = {
  /** Resources of the type. */
  readonly rows: number
  /** Part of them that has a token: 0..1. */
  frequency(key: Key): number
}

/** How old what is known may be. */
const freshMs = 60_000
/** Partitions that were never analysed and are larger are analysed by the hub itself: autovacuum comes by once a minute. */
const analyseBytes = 4 * 1024 * 1024
/** A resource with its tokens, roughly, where PostgreSQL has not counted yet. */
const rowBytes = 900

type Row = {
  readonly rows: number
  readonly bytes: number
  readonly elements: string | null
  readonly frequencies: string | null
}

const unknownFrequency = 0.0005

type Ask = <R>(statement: Statement) => Promise<readonly R[]>

/** PostgreSQL's own statistics of the tokens of each type, which `analyze` keeps: 10,000 frequent ones and how frequent. */
export class Statistics {
  readonly #context: HubContext
  readonly #known = new Map<string, { at: number; statistics: TypeStatistics }>()

  constructor(context: HubContext) {
    this.#context = context
  }

  /**
   * What is old is given all the same, and asked again meanwhile. `ask` runs the first question: within a transaction on its
   * own connection, since waiting for another one could be waiting for itself.
   */
  async of(type: string, ask: Ask = this.#ask): Promise<TypeStatistics> {
    const known = this.#known.get(type)
    if (known === undefined) return await this.#refresh(type, ask)
    const now = performance.now()
    if (now - known.at >= freshMs) {
      known.at = now
      this.#refresh(type, this.#ask).catch(() => this.#context.log.warn('search-statistics-failed'))
    }
    return known.statistics
  }

  async #refresh(type: string, ask: Ask): Promise<TypeStatistics> {
    const statistics = await this.#read(type, ask)
    this.#known.set(type, { at: performance.now(), statistics })
    return statistics
  }

  /** For tests and after bulk loads: what is known is asked again. */
  forget(): void {
    this.#known.clear()
  }

  readonly #ask: Ask = async <R>({ text, values }: Statement) => {
    // The driver types rows as any; the statement stands beside its row type.
    return (await this.#context.store.db.pool.query({ text, values: [...values] })).rows as readonly R[]
  }

  async #read(type: string, ask: Ask): Promise<TypeStatistics> {
    const table = resourceTable(type)
    const rows = await ask<Row>({
      text: `select c.reltuples::float8 as rows, pg_relation_size(c.oid)::float8 as bytes,
                    s.most_common_elems::text as elements, s.most_common_elem_freqs::text as frequencies
               from pg_class c
               left join pg_stats s on s.schemaname = 'hub' and s.tablename = c.relname and s.attname = 'tokens'
              where c.oid = $1::regclass`,
      values: [table],
    })
    const row = rows[0] ?? { rows: 0, bytes: 0, elements: null, frequencies: null }
    if (row.rows < 0 && row.bytes > analyseBytes) this.#analyse(table)
    const estimated = row.bytes / rowBytes
    // Between two runs of analyze the table may have grown far beyond what was counted.
    return typeStatistics(row.rows <= 0 ? estimated : Math.max(row.rows, estimated / 4), row.elements, row.frequencies)
  }

  #analyse(table: string): void {
    void this.#context.store.db.pool
      .query(`analyze ${table}, hub.date, hub.quantity, hub.string`)
      .then(() => this.forget())
      .catch(() => this.#context.log.warn('search-analyze-failed'))
  }
}

function typeStatistics(rows: number, elements: string | null, frequencies: string | null): TypeStatistics {
  const keys = elements === null ? [] : elements.slice(1, -1).split(',')
  const numbers = frequencies === null ? [] : frequencies.slice(1, -1).split(',').map(Number)
  const known = new Map(keys.map((key, index) => [key, numbers[index] ?? 0]))
  // After the frequencies of the elements come their minimum, their maximum, and that of null.
  const least = numbers[keys.length]
  const rare = least === undefined ? unknownFrequency : least / 2
  return { rows, frequency: key => known.get(key) ?? rare }
}

const ofContext = new WeakMap<HubContext['store'], Statistics>()

/** For one search. */
export function typeStatisticsOf({ context, runner }: SearchScope, type: string): Promise<TypeStatistics> {
  return statisticsOf(context).of(type, async statement => await runner.query(statement))
}

export function statisticsOf(context: HubContext): Statistics {
  let statistics = ofContext.get(context.store)
  if (statistics === undefined) ofContext.set(context.store, (statistics = new Statistics(context)))
  return statistics
}
