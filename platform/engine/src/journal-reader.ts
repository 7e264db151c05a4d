import type { CallRecord, Encoded } from '@samband/route'
import type { Database, KeyRing, Queryable } from '@samband/store'
import { numberArray, textArray } from './array-literal.ts'
import type { StoredBody } from './engine-types.ts'
import { type EventKind, eventKindName, eventKinds } from './event-kind.ts'
import { unpackBody } from './stored-body.ts'

export type MessageRow = {
  readonly id: number
  readonly route: string
  readonly revision: string
  readonly type: string | null
  readonly controlId: string | null
  readonly peer: string
  readonly size: number
  readonly verb: number | null
  readonly origin: number | null
}

/** An event without its bodies. */
export type EventView = {
  readonly id: number
  readonly messageId: number
  readonly kind: EventKind
  readonly part: number
  readonly owed: number
  readonly attempt: number
  readonly destination: string | null
  readonly step: string | null
  readonly code: string | null
  readonly detail: string | null
  readonly actor: string | null
  readonly reason: string | null
  readonly key: number | null
  readonly ref: number | null
  readonly hasOutput: boolean
  readonly hasReply: boolean
}

/** In a sealed event the output is part 0 and the reply part 1. */
export const outputPart = 0
export const replyPart = 1

export const messageColumns = `
  m.id, r.route, r.revision, m.type, m.control_id as "controlId", m.peer, m.size, m.verb, m.origin`

const eventColumns = `
  id, message_id as "messageId", kind, part, owed, attempt, destination, step, code, detail, actor, reason, key, ref,
  output is not null as "hasOutput", reply is not null as "hasReply"`

type RawEvent = Omit<EventView, 'kind'> & { readonly kind: number }

/** Reads the journal and opens what is sealed. */
export class JournalReader {
  readonly #db: Database
  readonly #keys: KeyRing
  readonly #tenant: number

  constructor(db: Database, keys: KeyRing, tenant: number) {
    this.#db = db
    this.#keys = keys
    this.#tenant = tenant
  }

  async message(messageId: number): Promise<MessageRow | undefined> {
    return (await this.messages([messageId]))[0]
  }

  /** In order of ids. */
  async messages(messageIds: readonly number[]): Promise<readonly MessageRow[]> {
    const { rows } = await this.#db.pool.query<MessageRow>(
      `select ${messageColumns} from engine.message m
         join engine.route_revision r on r.tenant = m.tenant and r.id = m.revision
        where m.tenant = $1 and m.id = any($2::int8[]) order by m.id`,
      [this.#tenant, numberArray(messageIds)],
    )
    return rows
  }

  /** Every message's events in order of ids; a message without events has an empty list. */
  async events(
    messageIds: readonly number[],
    queryable: Queryable = this.#db.pool,
  ): Promise<ReadonlyMap<number, readonly EventView[]>> {
    const found = new Map<number, EventView[]>(messageIds.map(id => [id, []]))
    if (messageIds.length === 0) return found
    // Events come after their message, so older partitions are left out.
    const { rows } = await queryable.query<RawEvent>(
      `select ${eventColumns} from engine.event
        where tenant = $1 and message_id = any($2::int8[]) and id > $3 order by id`,
      [this.#tenant, numberArray(messageIds), Math.min(...messageIds)],
    )
    for (const row of rows) found.get(row.messageId)?.push({ ...row, kind: eventKindName(row.kind) })
    return found
  }

  async eventsOf(messageId: number): Promise<readonly EventView[]> {
    return (await this.events([messageId])).get(messageId) ?? []
  }

  async body(messageId: number): Promise<StoredBody | undefined> {
    const { rows } = await this.#db.pool.query<{ body: Buffer }>(
      'select body from engine.message where tenant = $1 and id = $2',
      [this.#tenant, messageId],
    )
    const row = rows[0]
    return row === undefined ? undefined : unpackBody(await this.#keys.openAsync(messageId, row.body))
  }

  async eventBodies(
    messageId: number,
    eventId: number,
  ): Promise<{ readonly output: StoredBody | undefined; readonly reply: Uint8Array | undefined } | undefined> {
    const { rows } = await this.#db.pool.query<{
      output: Buffer | null
      reply: Buffer | null
      destination: string | null
      part: number
    }>(`select output, reply, destination, part from engine.event where tenant = $1 and message_id = $2 and id = $3`, [
      this.#tenant,
      messageId,
      eventId,
    ])
    const row = rows[0]
    if (row === undefined) return undefined
    const reply = row.reply === null ? undefined : await this.#keys.openAsync(eventId, row.reply, replyPart)
    if (row.output !== null) {
      return { output: unpackBody(await this.#keys.openAsync(eventId, row.output, outputPart)), reply }
    }
    if (row.destination === null) return { output: undefined, reply }
    const [output] = await this.outputs([{ messageId, destination: row.destination, part: row.part }])
    return { output, reply }
  }

  /** The newest stored output of each delivery, same order. */
  async outputs(
    deliveries: readonly { readonly messageId: number; readonly destination: string; readonly part: number }[],
  ): Promise<readonly (Encoded | undefined)[]> {
    const { rows } = await this.#db.pool.query<{ at: number; id: number; output: Buffer }>(
      `select w.at, e.id, e.output
         from unnest($2::int8[], $3::text[], $4::int4[]) with ordinality as w (message_id, destination, part, at)
         cross join lateral (
           select id, output from engine.event
            where tenant = $1 and message_id = w.message_id and id > $5 and destination = w.destination
              and part = w.part and output is not null
            order by id desc limit 1) e`,
      [
        this.#tenant,
        numberArray(deliveries.map(({ messageId }) => messageId)),
        textArray(deliveries.map(({ destination }) => destination)),
        numberArray(deliveries.map(({ part }) => part)),
        Math.min(...deliveries.map(({ messageId }) => messageId)),
      ],
    )
    const found = new Map<number, Encoded>()
    for (const { at, id, output } of rows) {
      found.set(at - 1, unpackBody(await this.#keys.openAsync(id, output, outputPart)))
    }
    return deliveries.map((_, index) => found.get(index))
  }

  /** What capabilities answered when this message ran, newest recording. */
  async calls(messageId: number): Promise<readonly CallRecord[] | undefined> {
    const { rows } = await this.#db.pool.query<{ id: number; output: Buffer }>(
      `select id, output from engine.event
        where tenant = $1 and message_id = $2 and id > $2 and kind = $3 and output is not null
        order by id desc limit 1`,
      [this.#tenant, messageId, eventKinds.calls],
    )
    const row = rows[0]
    if (row === undefined) return undefined
    const json = await this.#keys.openAsync(row.id, row.output, outputPart)
    // Written by the engine itself, and authenticated by its seal.
    return JSON.parse(json.toString('utf8')) as CallRecord[]
  }
}
