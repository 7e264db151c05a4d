import { toSambandError } from '@samband/errors'
import { numberArray } from './array-literal.ts'
import type { EngineContext } from './engine-context.ts'
import type { EventView } from './journal-reader.ts'
import { laneCount } from './lanes/lane-desk.ts'
import { MessageState } from './message-state.ts'
import { type DestinationFinder, resumeMessage } from './resume.ts'
import type { RouteRuntime } from './route-runtime.ts'

const pageRows = 2_000

/**
 * What was left undone, from the journal alone: messages of a route from its checkpoint on whose events do not say that
 * everything owed was done. In order of arrival; new messages of these lanes are admitted after it. Answers how many go on.
 */
export async function recoverRoute(
  context: EngineContext,
  runtime: RouteRuntime,
  low: number,
  find: DestinationFinder,
  lanes: ReadonlySet<number>,
): Promise<number> {
  let cursor = low - 1
  let resumed = 0
  for (;;) {
    const { rows } = await context.db.pool.query<Row>(
      `select m.id, m.verb, m.lane from engine.message m
        where m.tenant = $1 and m.id > $2
          and m.revision = any(select id from engine.route_revision where tenant = $1 and route = $3)
          and (m.lane is null or m.lane = any($5::int2[]))
        order by m.id limit $4`,
      [context.tenant, cursor, runtime.name, pageRows, numberArray([...lanes])],
    )
    const events = await context.reader.events(rows.map(({ id }) => id))
    // What is under way here already was resumed by an earlier attempt, which a trouble with the database cut short.
    const open = rows.filter(({ id }) => !runtime.unsettled.has(id) && !MessageState.of(events.get(id) ?? []).settled)
    for (const row of await inLanes(context, runtime, lanes, open)) {
      if (await resumeOrBury(context, runtime, find, row, events.get(row.id) ?? [])) resumed += 1
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) return resumed
    cursor = last.id
  }
}

type Row = { readonly id: number; readonly verb: number | null; readonly lane: number | null }

/** A message that was stored when its process was alone has no lane written: its key tells. */
async function inLanes(
  context: EngineContext,
  runtime: RouteRuntime,
  lanes: ReadonlySet<number>,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  if (lanes.size === laneCount) return rows
  const ours: Row[] = []
  for (const row of rows) {
    if (lanes.has(row.lane ?? (await laneOf(context, runtime, row.id)))) ours.push(row)
  }
  return ours
}

/** What cannot be read belongs to whoever owns the lane of its id, so that one process says so. */
async function laneOf(context: EngineContext, runtime: RouteRuntime, messageId: number): Promise<number> {
  try {
    const body = await context.reader.body(messageId)
    return runtime.laneOf(body === undefined ? messageId : await runtime.keyOf(messageId, body))
  } catch (thrown) {
    if (!unreadable.has(toSambandError(thrown).code)) throw thrown
    return runtime.laneOf(messageId)
  }
}

/** Contents that can never be read again: erased on purpose, damaged, or moved. */
const unreadable: ReadonlySet<string> = new Set([
  'content-erased',
  'sealed-unreadable',
  'pack-damaged',
  'message-body-missing',
])

/** One message that cannot be read is a dead letter with its reason; it keeps nothing else from starting. */
async function resumeOrBury(
  context: EngineContext,
  runtime: RouteRuntime,
  find: DestinationFinder,
  row: Row,
  events: readonly EventView[],
): Promise<boolean> {
  try {
    return await resumeMessage(runtime, context.reader, find, row, events)
  } catch (thrown) {
    const { code, message } = toSambandError(thrown)
    if (!unreadable.has(code)) throw thrown
    context.log.error('message-unreadable', { route: runtime.name, message: row.id, code })
    const id = context.ids.next()
    const facts = { kind: 'dead', part: 0, owed: 0, attempt: 0, step: 'recovery', code, detail: message } as const
    await context.events.record({ id, class: runtime.classId, messageId: row.id, ...facts })
    return false
  }
}
