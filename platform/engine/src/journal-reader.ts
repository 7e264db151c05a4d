import type { CallRecord, Encoded } from '@samband/route'
import type { Database, KeyRing, Queryable } from '@samband/store'
import { numberArray, textArray } from './array-literal.ts'
import { type BodyPart, bodyParts } from './body-pack.ts'
import { type BodyPlace, BodyReader } from './body-reader.ts'
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
  readonly lane: number | null
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

export const messageColumns = `
  m.id, r.route, r.revision, m.type, m.control_id as "controlId", m.peer, m.size, m.verb, m.origin, m.lane`

const eventColumns = `
  id, message_id as "messageId", kind, part, owed, attempt, destination, step, code, detail, actor, reason, key, ref,
  output_at is not null as "hasOutput", reply_at is not null as "hasReply"`

type RawEvent = Omit<EventView, 'kind'> & { readonly kind: number }

/** Reads the journal and opens what is sealed. */
export class JournalReader {
  readonly #db: Database
  readonly #tenant: number
  readonly #bodies: BodyReader

  constructor(db: Database, keys: KeyRing, tenant: number) {
    this.#db = db
    this.#tenant = tenant
    this.#bodies = new BodyReader(db, keys, tenant)
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

  /** Undefined: no such message, or its body is older than the retention. */
  async body(messageId: number): Promise<StoredBody | undefined> {
    return (await this.bodiesOf([messageId]))[0]
  }

  /** The bodies of several messages, same order. */
  async bodiesOf(messageIds: readonly number[]): Promise<readonly (StoredBody | undefined)[]> {
    const { rows } = await this.#db.pool.query<{ id: number; pack: number; at: number }>(
      'select id, pack, body_at as at from engine.message where tenant = $1 and id = any($2::int8[])',
      [this.#tenant, numberArray(messageIds)],
    )
    const places = new Map(rows.map(row => [row.id, { ...row, part: bodyParts.content }]))
    const bodies = await this.#bodies.read(messageIds.map(id => places.get(id)))
    return bodies.map(body => (body === undefined ? undefined : unpackBody(body)))
  }

  async eventBodies(
    messageId: number,
    eventId: number,
  ): Promise<{ readonly output: StoredBody | undefined; readonly reply: Uint8Array | undefined } | undefined> {
    const { rows } = await this.#db.pool.query<{
      pack: number | null
      outputAt: number | null
      replyAt: number | null
      destination: string | null
      part: number
    }>(
      `select pack, output_at as "outputAt", reply_at as "replyAt", destination, part
         from engine.event where tenant = $1 and message_id = $2 and id = $3`,
      [this.#tenant, messageId, eventId],
    )
    const row = rows[0]
    if (row === undefined) return undefined
    const [output, reply] = await this.#bodies.read([
      placeOf(eventId, row.pack, row.outputAt, bodyParts.content),
      placeOf(eventId, row.pack, row.replyAt, bodyParts.reply),
    ])
    if (output !== undefined) return { output: unpackBody(output), reply }
    if (row.destination === null) return { output: undefined, reply }
    const [earlier] = await this.outputs([{ messageId, destination: row.destination, part: row.part }])
    return { output: earlier, reply }
  }

  /** The newest stored output of each delivery, same order. */
  async outputs(
    deliveries: readonly { readonly messageId: number; readonly destination: string; readonly part: number }[],
  ): Promise<readonly (Encoded | undefined)[]> {
    const { rows } = await this.#db.pool.query<{ at: number; id: number; pack: number; outputAt: number }>(
      `select w.at, e.id, e.pack, e.output_at as "outputAt"
         from unnest($2::int8[], $3::text[], $4::int4[]) with ordinality as w (message_id, destination, part, at)
         cross join lateral (
           select id, pack, output_at from engine.event
            where tenant = $1 and message_id = w.message_id and id > $5 and destination = w.destination
              and part = w.part and output_at is not null
            order by id desc limit 1) e`,
      [
        this.#tenant,
        numberArray(deliveries.map(({ messageId }) => messageId)),
        textArray(deliveries.map(({ destination }) => destination)),
        numberArray(deliveries.map(({ part }) => part)),
        Math.min(...deliveries.map(({ messageId }) => messageId)),
      ],
    )
    const places = new Map(rows.map(row => [row.at - 1, placeOf(row.id, row.pack, row.outputAt, bodyParts.content)]))
    const bodies = await this.#bodies.read(deliveries.map((_, index) => places.get(index)))
    return bodies.map(body => (body === undefined ? undefined : unpackBody(body)))
  }

  /** What capabilities answered when this message ran, newest recording. */
  async calls(messageId: number): Promise<readonly CallRecord[] | undefined> {
    const { rows } = await this.#db.pool.query<{ id: number; pack: number; at: number }>(
      `select id, pack, output_at as at from engine.event
        where tenant = $1 and message_id = $2 and id > $2 and kind = $3 and output_at is not null
        order by id desc limit 1`,
      [this.#tenant, messageId, eventKinds.calls],
    )
    const row = rows[0]
    if (row === undefined) return undefined
    const [json] = await this.#bodies.read([{ ...row, part: bodyParts.content }])
    // Written by the engine itself, and authenticated by its seal.
    return json === undefined ? undefined : (JSON.parse(json.toString('utf8')) as CallRecord[])
  }
}

function placeOf(id: number, pack: number | null, at: number | null, part: BodyPart): BodyPlace | undefined {
  return pack === null || at === null ? undefined : { pack, at, id, part }
}
