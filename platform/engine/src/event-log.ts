import type { SambandError } from '@samband/errors'
import type { Database, DatabaseClient } from '@samband/store'
import { numberArray, textArray } from './array-literal.ts'
import { type EventKind, eventKinds } from './event-kind.ts'
import { GroupCommit } from './group-commit.ts'
import { concatenated, storedIds } from './journal.ts'
import type { EngineLimits } from './limits.ts'

/** One row of `engine.event`. Absent fields are null. */
export type EventRow = {
  readonly id: number
  readonly messageId: number
  readonly kind: EventKind
  readonly part: number
  /** How many deliveries the message's steps decided on; 0 when none (filtered, failed before). */
  readonly owed: number
  readonly attempt: number
  readonly destination?: string | undefined
  readonly step?: string | undefined
  readonly code?: string | undefined
  readonly detail?: string | undefined
  readonly actor?: string | undefined
  readonly reason?: string | undefined
  /** Ordering key, hashed: lets a queued delivery be resumed without reading the message. */
  readonly key?: number | undefined
  /** The message that a verb made. */
  readonly ref?: number | undefined
  /** Sealed. */
  readonly output?: Buffer | undefined
  readonly reply?: Buffer | undefined
}

type Pending = EventRow & { readonly bytes: number; readonly onCommit: () => void }

const insertSql = `
  insert into engine.event
    (tenant, message_id, id, key, ref, part, owed, attempt, kind, destination, step, code, detail, actor, reason,
     output, reply)
  select $1, u.message_id, u.id, u.key, u.ref, u.part, u.owed, u.attempt, u.kind, u.destination, u.step, u.code,
         u.detail, u.actor, u.reason,
         substr($2::bytea, u.output_at, u.output_length), substr($3::bytea, u.reply_at, u.reply_length)
  from unnest($4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int4[], $9::int4[], $10::int4[], $11::int2[],
              $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[],
              $18::int4[], $19::int4[], $20::int4[], $21::int4[])
    as u (message_id, id, key, ref, part, owed, attempt, kind, destination, step, code, detail, actor, reason,
          output_at, output_length, reply_at, reply_length)`

const storedSql = 'select id from engine.event where tenant = $1 and id = any($2::int8[])'

export type EventLogOptions = {
  readonly db: Database
  readonly tenant: number
  readonly limits: EngineLimits
  readonly now: () => number
  readonly onTrouble: (error: SambandError) => void
}

/**
 * What happened to messages, written in batches. Facts that have happened are never given up: while the database is
 * away they wait, and `behind` tells deliveries to wait as well.
 */
export class EventLog {
  readonly #commit: GroupCommit<Pending>
  readonly #limits: EngineLimits

  constructor(options: EventLogOptions) {
    this.#limits = options.limits
    this.#commit = new GroupCommit<Pending>({
      name: 'settlement',
      db: options.db,
      write: (client, rows) => writeRows(client, options.tenant, rows),
      stored: (client, ids) => storedIds(client, storedSql, options.tenant, ids),
      batchMax: options.limits.settleBatchMax,
      batchBytesMax: options.limits.journalBatchBytesMax,
      queueMax: Number.POSITIVE_INFINITY,
      now: options.now,
      onTrouble: options.onTrouble,
    })
  }

  open(): Promise<void> {
    return this.#commit.open()
  }

  /** True when more events wait than `settleQueueMax`: no new delivery should begin. */
  get behind(): boolean {
    return this.#commit.queued >= this.#limits.settleQueueMax
  }

  add(row: EventRow, onCommit: () => void = nothing): void {
    this.#commit.add({ ...row, bytes: (row.output?.length ?? 0) + (row.reply?.length ?? 0), onCommit })
  }

  /** Resolves after the commit. */
  record(row: EventRow): Promise<void> {
    return new Promise(resolve => this.add(row, resolve))
  }

  drained(): Promise<void> {
    return this.#commit.drained()
  }

  close(): Promise<void> {
    return this.#commit.close()
  }
}

function nothing(): void {}

function writeRows(client: DatabaseClient, tenant: number, rows: readonly EventRow[]): Promise<unknown> {
  const outputs = concatenated(rows.map(row => row.output ?? null))
  const replies = concatenated(rows.map(row => row.reply ?? null))
  const text = (pick: (row: EventRow) => string | undefined): string => textArray(rows.map(row => pick(row) ?? null))
  const number = (pick: (row: EventRow) => number | undefined): string =>
    numberArray(rows.map(row => pick(row) ?? null))
  return client.query({
    name: 'event-append',
    text: insertSql,
    values: [
      tenant,
      outputs.bytes,
      replies.bytes,
      number(row => row.messageId),
      number(row => row.id),
      number(row => row.key),
      number(row => row.ref),
      number(row => row.part),
      number(row => row.owed),
      number(row => row.attempt),
      number(row => eventKinds[row.kind]),
      text(row => row.destination),
      text(row => row.step),
      text(row => row.code),
      text(row => row.detail),
      text(row => row.actor),
      text(row => row.reason),
      numberArray(outputs.starts),
      numberArray(outputs.lengths),
      numberArray(replies.starts),
      numberArray(replies.lengths),
    ],
  })
}
