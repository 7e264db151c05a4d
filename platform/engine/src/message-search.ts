import { idFromTime, timeOfId } from '@samband/store'
import { numberArray } from './array-literal.ts'
import type { EngineContext } from './engine-context.ts'
import { incorrect } from './engine-errors.ts'
import { type EventKind, eventKinds, isTimelineKind, verbNumbers } from './event-kind.ts'
import { type EventView, type MessageRow, messageColumns } from './journal-reader.ts'
import { MessageState } from './message-state.ts'
import type {
  MessageDetail,
  MessageSearch,
  MessageStatus,
  MessageSummary,
  OriginVerb,
  Page,
  TimelineEntry,
} from './views.ts'

/** Messages looked at for one page before it is handed out half empty (with a cursor to go on). */
const scanMax = 20_000
const scanStep = 500

/** Which events can have given a message this status; undefined: any, or none at all. */
const statusKinds: Readonly<Record<MessageStatus, readonly EventKind[] | undefined>> = {
  waiting: undefined,
  delivered: undefined,
  held: ['held'],
  filtered: ['filtered'],
  duplicate: ['duplicate'],
  dead: ['dead'],
  discarded: ['discarded'],
}

/**
 * Newest first. Patient and control ids are looked up by their keyed hash; a status other than `delivered` and `waiting`
 * by the index over exceptional events. What cannot be indexed is filtered while scanning, a bounded number a page.
 */
export async function searchMessages(context: EngineContext, search: MessageSearch): Promise<Page<MessageSummary>> {
  const limit = Math.min(search.limit ?? 50, context.limits.pageRowsMax)
  const until = upperBound(search)
  const from = search.from === undefined ? 0 : idFromTime(timeOf(search.from, 'from'))
  const items: MessageSummary[] = []
  let cursor = until
  for (let scanned = 0; scanned < scanMax; ) {
    const step = search.status === undefined ? limit : scanStep
    const rows = await candidates(context, search, from, cursor, step)
    const summaries = await summarise(context, rows)
    for (const summary of summaries) {
      cursor = summary.id
      if (search.status !== undefined && summary.status !== search.status) continue
      items.push(summary)
      if (items.length === limit) return { items, nextCursor: String(cursor) }
    }
    if (rows.length < step) return { items, nextCursor: null }
    scanned += rows.length
  }
  return { items, nextCursor: String(cursor) }
}

async function candidates(
  context: EngineContext,
  search: MessageSearch,
  from: number,
  before: number,
  limit: number,
): Promise<readonly MessageRow[]> {
  const { blindIndex } = context.keys
  const terms: number[] = []
  if (search.patientId !== undefined) terms.push(blindIndex('patient', search.patientId))
  if (search.controlId !== undefined) terms.push(blindIndex('control', search.controlId))
  const kinds = search.status === undefined ? undefined : statusKinds[search.status]
  const { rows } = await context.db.pool.query<MessageRow>(
    `select ${messageColumns} from engine.message m
       join engine.route_revision r on r.tenant = m.tenant and r.id = m.revision
      where m.tenant = $1 and m.id >= $2 and m.id < $3
        ${search.route === undefined ? '' : 'and m.revision = any(select id from engine.route_revision where tenant = $1 and route = $4)'}
        ${search.type === undefined ? '' : `and m.type like $5 escape '\\'`}
        ${terms.length === 0 ? '' : 'and m.terms @> $6::int8[]'}
        ${kinds === undefined ? '' : `and m.id in (select message_id from engine.event where tenant = $1 and kind = any($7::int2[]) and kind <> 1 and id > $2)`}
        and ($4::text is null or true) and ($5::text is null or true) and ($6::int8[] is null or true)
        and ($7::int2[] is null or true)
      order by m.id desc limit $8`,
    [
      context.tenant,
      from,
      before,
      search.route ?? null,
      search.type === undefined ? null : typePattern(search.type),
      numberArray(terms),
      kinds === undefined ? null : numberArray(kinds.map(kind => eventKinds[kind])),
      limit,
    ],
  )
  return rows
}

/** 'ADT' finds every ADT, 'ADT^A01' only that one; '*' stands for anything. */
function typePattern(type: string): string {
  const escaped = type.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%')
  return type.includes('^') || type.includes('*') ? escaped : `${escaped}%`
}

function upperBound({ cursor, to }: MessageSearch): number {
  const end = to === undefined ? Number.MAX_SAFE_INTEGER : idFromTime(timeOf(to, 'to'))
  if (cursor === undefined) return end
  const before = Number(cursor)
  if (!Number.isSafeInteger(before) || before < 0) throw incorrect('cursor-invalid', 'the cursor is not one of ours')
  return Math.min(before, end)
}

function timeOf(text: string, name: string): number {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw incorrect('time-invalid', `"${name}" is not an ISO 8601 time`)
  return ms
}

export async function summarise(
  context: EngineContext,
  rows: readonly MessageRow[],
): Promise<readonly MessageSummary[]> {
  const events = await context.reader.events(rows.map(({ id }) => id))
  return rows.map(row => summary(row, events.get(row.id) ?? []))
}

function summary(row: MessageRow, events: readonly EventView[]): MessageSummary {
  const state = MessageState.of(events)
  return {
    id: row.id,
    receivedAt: isoOf(row.id),
    route: row.route,
    revision: row.revision,
    type: row.type,
    controlId: row.controlId,
    peer: row.peer,
    bytes: row.size,
    status: state.status,
    destinations: state.destinations,
    origin: row.origin === null || row.verb === null ? null : { messageId: row.origin, verb: verbOf(row.verb) },
  }
}

export async function messageDetail(context: EngineContext, messageId: number): Promise<MessageDetail | undefined> {
  const row = await context.reader.message(messageId)
  if (row === undefined) return undefined
  const events = await context.reader.eventsOf(messageId)
  const { rows: descendants } = await context.db.pool.query<{ id: number; verb: number }>(
    'select id, verb from engine.message where tenant = $1 and origin = $2 and id > $2 order by id limit 100',
    [context.tenant, messageId],
  )
  return {
    ...summary(row, events),
    timeline: [received(row), ...events.filter(({ kind }) => isTimelineKind(kind)).map(timelineEntry)],
    descendants: descendants.map(({ id, verb }) => ({ messageId: id, verb: verbOf(verb), at: isoOf(id) })),
  }
}

function received(row: MessageRow): TimelineEntry {
  return {
    at: isoOf(row.id),
    kind: 'received',
    destination: null,
    part: 0,
    step: null,
    attempt: 0,
    code: null,
    text: row.verb === verbNumbers.via ? `handed on from message ${row.origin}` : `from ${row.peer}`,
    actor: null,
    reason: null,
    hasOutput: false,
    hasReply: false,
    eventId: row.id,
  }
}

function timelineEntry(event: EventView): TimelineEntry {
  return {
    at: isoOf(event.id),
    // Recordings of calls were left out by the caller.
    kind: event.kind as TimelineEntry['kind'],
    destination: event.destination,
    part: event.part,
    step: event.step,
    attempt: event.attempt,
    code: event.code,
    text: event.detail,
    actor: event.actor,
    reason: event.reason,
    // A delivery whose output was stored by an earlier event can still be read through this one.
    hasOutput: event.hasOutput || event.kind === 'delivered',
    hasReply: event.hasReply,
    eventId: event.id,
  }
}

function verbOf(verb: number): OriginVerb {
  return verb === verbNumbers.edit ? 'edit' : verb === verbNumbers.via ? 'via' : 'reinject'
}

export function isoOf(id: number): string {
  return new Date(timeOfId(id)).toISOString()
}
