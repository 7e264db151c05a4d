import type { SambandError } from '@samband/errors'
import type { Database, DatabaseClient, KeyRing } from '@samband/store'
import { numberArray, textArray } from './array-literal.ts'
import { GroupCommit } from './group-commit.ts'
import type { EngineLimits } from './limits.ts'

/** One row of `engine.message`, ready to be written. */
export type JournalRow = {
  readonly id: number
  readonly revision: number
  readonly size: number
  readonly verb: number | null
  readonly origin: number | null
  readonly dedupe: number | null
  readonly type: string | null
  readonly controlId: string | null
  readonly peer: string
  /** Blind indexes of patient ids and the control id. */
  readonly terms: readonly number[]
  /** Sealed. */
  readonly body: Buffer
}

type Pending = JournalRow & {
  readonly bytes: number
  readonly onCommit: () => void
  readonly onFailure: (error: SambandError) => void
  readonly deadline: number
}

export type JournalOptions = {
  readonly db: Database
  readonly keys: KeyRing
  readonly tenant: number
  readonly limits: EngineLimits
  readonly now: () => number
  /** The sender was told no, but the row was stored after all: it must not be delivered. */
  readonly onStoredAfterRefusal: (messageId: number) => void
  readonly onTrouble: (error: SambandError) => void
}

/**
 * `substr` cuts each body out of one binary parameter: the driver sends a bytea[] as hexadecimal text, twice the size.
 */
const insertSql = `
  insert into engine.message
    (tenant, id, revision, size, verb, origin, dedupe, type, control_id, peer, terms, body)
  select $1, u.id, u.revision, u.size, u.verb, u.origin, u.dedupe, u.type, u.control_id, u.peer, u.terms::int8[],
         substr($2::bytea, u.body_at, u.body_length)
  from unnest($3::int8[], $4::int4[], $5::int4[], $6::int2[], $7::int8[], $8::int8[], $9::text[], $10::text[],
              $11::text[], $12::text[], $13::int4[], $14::int4[])
    as u (id, revision, size, verb, origin, dedupe, type, control_id, peer, terms, body_at, body_length)`

const storedSql = 'select id from engine.message where tenant = $1 and id = any($2::int8[])'

/** What comes in, on disk before it is acknowledged. */
export class Journal {
  readonly #commit: GroupCommit<Pending>
  readonly #limits: EngineLimits
  readonly #now: () => number

  constructor(options: JournalOptions) {
    this.#limits = options.limits
    this.#now = options.now
    this.#commit = new GroupCommit<Pending>({
      name: 'journal',
      db: options.db,
      write: (client, rows) => writeRows(client, options.tenant, rows),
      stored: (client, ids) => storedIds(client, storedSql, options.tenant, ids),
      batchMax: options.limits.journalBatchMax,
      batchBytesMax: options.limits.journalBatchBytesMax,
      queueMax: options.limits.journalQueueMax,
      now: options.now,
      onStoredAfterFailure: row => options.onStoredAfterRefusal(row.id),
      onTrouble: options.onTrouble,
    })
  }

  open(): Promise<void> {
    return this.#commit.open()
  }

  /** Resolves after the commit; rejects when the row is not stored (or when that is not known in time). */
  append(row: JournalRow, onCommit: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#commit.add({
        ...row,
        bytes: row.body.length,
        deadline: this.#now() + this.#limits.journalDeadlineMs,
        onCommit: () => {
          onCommit()
          resolve()
        },
        onFailure: reject,
      })
    })
  }

  drained(): Promise<void> {
    return this.#commit.drained()
  }

  close(): Promise<void> {
    return this.#commit.close()
  }
}

function writeRows(client: DatabaseClient, tenant: number, rows: readonly JournalRow[]): Promise<unknown> {
  const bodies = concatenated(rows.map(row => row.body))
  return client.query({
    name: 'journal-append',
    text: insertSql,
    values: [
      tenant,
      bodies.bytes,
      numberArray(rows.map(row => row.id)),
      numberArray(rows.map(row => row.revision)),
      numberArray(rows.map(row => row.size)),
      numberArray(rows.map(row => row.verb)),
      numberArray(rows.map(row => row.origin)),
      numberArray(rows.map(row => row.dedupe)),
      textArray(rows.map(row => row.type)),
      textArray(rows.map(row => row.controlId)),
      textArray(rows.map(row => row.peer)),
      textArray(rows.map(row => (row.terms.length === 0 ? null : `{${row.terms.join(',')}}`))),
      numberArray(bodies.starts),
      numberArray(bodies.lengths),
    ],
  })
}

/** Sealed bodies end to end, with 1-based starts as SQL counts them. A missing body has start and length null. */
export function concatenated(parts: readonly (Buffer | null)[]): {
  readonly bytes: Buffer
  readonly starts: readonly (number | null)[]
  readonly lengths: readonly (number | null)[]
} {
  let at = 1
  const starts: (number | null)[] = []
  const lengths: (number | null)[] = []
  const present: Buffer[] = []
  for (const part of parts) {
    if (part === null) {
      starts.push(null)
      lengths.push(null)
      continue
    }
    starts.push(at)
    lengths.push(part.length)
    at += part.length
    present.push(part)
  }
  return { bytes: present.length === 1 ? (present[0] as Buffer) : Buffer.concat(present), starts, lengths }
}

export async function storedIds(
  client: DatabaseClient,
  sql: string,
  tenant: number,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  const { rows } = await client.query<{ id: number }>(sql, [tenant, numberArray(ids)])
  return new Set(rows.map(row => row.id))
}
