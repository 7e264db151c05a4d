import type { SambandError } from '@samband/errors'
import type { Database, DatabaseClient, KeyRing, Queryable } from '@samband/store'
import { numberArray, textArray } from './array-literal.ts'
import { type BodyPart, bodyParts, PackBuilder } from './body-pack.ts'
import { type EventKind, eventKinds } from './event-kind.ts'
import { GroupCommit } from './group-commit.ts'
import type { EngineLimits } from './limits.ts'

/** One row of `engine.message`. */
export type MessageRecord = {
  readonly table: 'message'
  readonly id: number
  readonly class: number
  readonly revision: number
  readonly lane: number | null
  readonly size: number
  readonly verb: number | null
  readonly origin: number | null
  readonly dedupe: number | null
  readonly type: string | null
  readonly controlId: string | null
  readonly peer: string
  /** Blind indexes of patient ids and the control id. */
  readonly terms: readonly number[]
  /** Packed (see stored-body.ts), in clear: it is sealed with the batch. */
  readonly body: Uint8Array
}

/** One row of `engine.event`. Absent fields are null. */
export type EventRecord = {
  readonly table: 'event'
  readonly id: number
  readonly class: number
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
  /** Packed, in clear. */
  readonly output?: Uint8Array | undefined
  readonly reply?: Uint8Array | undefined
}

export type JournalRecord = MessageRecord | EventRecord

type Written = {
  readonly bytes: number
  readonly onCommit: () => void
  readonly onFailure?: (error: SambandError) => void
  readonly deadline?: number
  readonly lazy?: boolean
  readonly withNext?: boolean
}
export type PendingRecord = JournalRecord & Written

export type JournalWriterOptions = {
  readonly db: Database
  readonly keys: KeyRing
  readonly tenant: number
  readonly limits: EngineLimits
  /** A clock in ms that is never set. */
  readonly monotonic: () => number
  /** Makes the partitions or keys that these ids did not find; answers false when something else was wrong. */
  readonly repair: (thrown: unknown, ids: readonly number[]) => Promise<boolean>
  /** Says that this process may still write; throws when it may not. Runs on each new connection. */
  readonly fence: (client: DatabaseClient) => Promise<void>
  readonly onStoredAfterFailure: (record: JournalRecord) => void
  readonly onTrouble: (error: SambandError) => void
}

/**
 * The three inserts of a batch as one statement, so that it is one round trip and one commit. `substr` cuts the packs
 * out of one binary parameter: the driver sends a bytea[] as hexadecimal text, twice the size.
 */
const insertSql = `
  with packs as (
    insert into engine.body (tenant, id, part, class, content)
    select $1, p.id, 0, p.class, substr($2::bytea, p.starts, p.length)
      from unnest($3::int8[], $4::int2[], $5::int4[], $6::int4[]) as p (id, class, starts, length)
  ), events as (
    insert into engine.event
      (tenant, message_id, id, key, ref, pack, part, owed, attempt, output_at, reply_at, kind, class, destination, step,
       code, detail, actor, reason)
    select $1, e.message_id, e.id, e.key, e.ref, e.pack, e.part, e.owed, e.attempt, e.output_at, e.reply_at, e.kind,
           e.class, e.destination, e.step, e.code, e.detail, e.actor, e.reason
      from unnest($7::int8[], $8::int8[], $9::int8[], $10::int8[], $11::int8[], $12::int4[], $13::int4[], $14::int4[],
                  $15::int4[], $16::int4[], $17::int2[], $18::int2[], $19::text[], $20::text[], $21::text[], $22::text[],
                  $23::text[], $24::text[])
        as e (message_id, id, key, ref, pack, part, owed, attempt, output_at, reply_at, kind, class, destination, step,
              code, detail, actor, reason)
  )
  insert into engine.message
    (tenant, id, origin, dedupe, pack, revision, size, body_at, class, lane, verb, type, control_id, peer, terms)
  select $1, m.id, m.origin, m.dedupe, m.pack, m.revision, m.size, m.body_at, m.class, m.lane, m.verb, m.type,
         m.control_id, m.peer, m.terms::int8[]
    from unnest($25::int8[], $26::int8[], $27::int8[], $28::int8[], $29::int4[], $30::int4[], $31::int4[], $32::int2[],
                $33::int2[], $34::int2[], $35::text[], $36::text[], $37::text[], $38::text[])
      as m (id, origin, dedupe, pack, revision, size, body_at, class, lane, verb, type, control_id, peer, terms)`

const storedSql = `
  select id from engine.message where tenant = $1 and id = any($2::int8[])
  union all
  select e.id from unnest($3::int8[], $4::int8[]) as w (message_id, id)
    join engine.event e on e.tenant = $1 and e.message_id = w.message_id and e.id = w.id`

/**
 * Writes what came in and what happened, in batches, over one connection: whatever arrived while the last commit ran is
 * the next batch, with one fsync for all of it.
 *
 * Measured: two connections (one for what came in, one for what happened) cost two commits a message at one sender, and
 * each waits for the other's flush of the same log; together it is one. What happened is lazy: it rides along with the
 * next message, or goes by itself after `settleDelayMs`, because nobody waits for it. What is not written when the
 * process dies counts as under way: it is delivered again.
 */
export function openJournalWriter(options: JournalWriterOptions): GroupCommit<PendingRecord> {
  const { db, keys, tenant, limits, monotonic } = options
  return new GroupCommit<PendingRecord>({
    name: 'journal',
    db,
    prepare: options.fence,
    write: (client, rows) => writeRows(client, keys, tenant, limits.packBytesMax, rows),
    stored: (client, rows) => storedIds(client, tenant, rows),
    batchMax: limits.journalBatchMax,
    batchBytesMax: limits.journalBatchBytesMax,
    lazyMs: limits.settleDelayMs,
    writeMs: limits.journalWriteMs,
    now: monotonic,
    repair: (thrown, rows) =>
      options.repair(
        thrown,
        rows.map(({ id }) => id),
      ),
    onStoredAfterFailure: options.onStoredAfterFailure,
    onTrouble: options.onTrouble,
  })
}

/** Which of these rows are in the journal, by id. */
export async function storedIds(
  client: Queryable,
  tenant: number,
  pending: readonly JournalRecord[],
): Promise<ReadonlySet<number>> {
  const events = pending.filter(row => row.table === 'event')
  const { rows } = await client.query<{ id: number }>(storedSql, [
    tenant,
    numberArray(pending.filter(row => row.table === 'message').map(({ id }) => id)),
    numberArray(events.map(({ messageId }) => messageId)),
    numberArray(events.map(({ id }) => id)),
  ])
  return new Set(rows.map(({ id }) => id))
}

/** Where the bodies of a batch ended up. */
class Packs {
  readonly done: PackBuilder[] = []
  readonly classes: number[] = []
  readonly #open = new Map<number, PackBuilder>()
  readonly #bytesMax: number

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  builder(classId: number, rowId: number): PackBuilder {
    const open = this.#open.get(classId)
    if (open !== undefined && open.bytes < this.#bytesMax) return open
    const builder = new PackBuilder(rowId)
    this.#open.set(classId, builder)
    this.done.push(builder)
    this.classes.push(classId)
    return builder
  }
}

/** One statement for all of it. @throws what the driver throws; SambandError 'data-key-not-loaded' */
export async function writeRows(
  client: Queryable,
  keys: KeyRing,
  tenant: number,
  packBytesMax: number,
  rows: readonly JournalRecord[],
): Promise<unknown> {
  const packs = new Packs(packBytesMax)
  const messages: (MessageRecord & { readonly pack: number; readonly at: number })[] = []
  const events: (EventRecord & { pack: number | null; outputAt: number | null; replyAt: number | null })[] = []
  for (const row of rows) {
    if (row.table === 'message') {
      const builder = packs.builder(row.class, row.id)
      messages.push({ ...row, pack: builder.id, at: builder.add(row.id, bodyParts.content, row.body) })
    } else events.push(placed(row, packs))
  }
  const sealed = packs.done.map(pack => pack.seal(keys))
  const { bytes, starts, lengths } = concatenated(sealed)
  return await client.query({
    name: 'journal-write',
    text: insertSql,
    values: [
      tenant,
      bytes,
      numberArray(packs.done.map(({ id }) => id)),
      numberArray(packs.classes),
      numberArray(starts),
      numberArray(lengths),
      numberArray(events.map(row => row.messageId)),
      numberArray(events.map(row => row.id)),
      numberArray(events.map(row => row.key ?? null)),
      numberArray(events.map(row => row.ref ?? null)),
      numberArray(events.map(row => row.pack)),
      numberArray(events.map(row => row.part)),
      numberArray(events.map(row => row.owed)),
      numberArray(events.map(row => row.attempt)),
      numberArray(events.map(row => row.outputAt)),
      numberArray(events.map(row => row.replyAt)),
      numberArray(events.map(row => eventKinds[row.kind])),
      numberArray(events.map(row => row.class)),
      textArray(events.map(row => row.destination ?? null)),
      textArray(events.map(row => row.step ?? null)),
      textArray(events.map(row => row.code ?? null)),
      textArray(events.map(row => row.detail ?? null)),
      textArray(events.map(row => row.actor ?? null)),
      textArray(events.map(row => row.reason ?? null)),
      numberArray(messages.map(row => row.id)),
      numberArray(messages.map(row => row.origin)),
      numberArray(messages.map(row => row.dedupe)),
      numberArray(messages.map(row => row.pack)),
      numberArray(messages.map(row => row.revision)),
      numberArray(messages.map(row => row.size)),
      numberArray(messages.map(row => row.at)),
      numberArray(messages.map(row => row.class)),
      numberArray(messages.map(row => row.lane)),
      numberArray(messages.map(row => row.verb)),
      textArray(messages.map(row => row.type)),
      textArray(messages.map(row => row.controlId)),
      textArray(messages.map(row => row.peer)),
      textArray(messages.map(row => (row.terms.length === 0 ? null : `{${row.terms.join(',')}}`))),
    ],
  })
}

function placed(
  row: EventRecord,
  packs: Packs,
): EventRecord & { pack: number | null; outputAt: number | null; replyAt: number | null } {
  if (row.output === undefined && row.reply === undefined) return { ...row, pack: null, outputAt: null, replyAt: null }
  const builder = packs.builder(row.class, row.id)
  const add = (part: BodyPart, body: Uint8Array | undefined): number | null =>
    body === undefined ? null : builder.add(row.id, part, body)
  return {
    ...row,
    pack: builder.id,
    outputAt: add(bodyParts.content, row.output),
    replyAt: add(bodyParts.reply, row.reply),
  }
}

/** Packs end to end, with 1-based starts as SQL counts them. */
function concatenated(parts: readonly Buffer[]): {
  readonly bytes: Buffer
  readonly starts: readonly number[]
  readonly lengths: readonly number[]
} {
  let at = 1
  const starts: number[] = []
  for (const part of parts) {
    starts.push(at)
    at += part.length
  }
  const [first] = parts
  const bytes = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts)
  return { bytes, starts, lengths: parts.map(part => part.length) }
}
