import { toSambandError } from '@samband/errors'
import { idFromTime } from '@samband/store'
import { numberArray } from './array-literal.ts'
import type { EngineContext } from './engine-context.ts'
import type { EventView } from './journal-reader.ts'
import { type DestinationFinder, resumeMessage } from './resume.ts'
import type { RouteRuntime } from './route-runtime.ts'

const pageRows = 2_000

/**
 * What a process left undone, from the journal alone: messages of a route from its checkpoint on whose events do not say
 * that everything owed was done. Runs before the sources open, in order of arrival, so that new messages of a key come
 * after the old ones.
 */
export async function recoverRoute(
  context: EngineContext,
  runtime: RouteRuntime,
  low: number,
  find: DestinationFinder,
): Promise<number> {
  let cursor = low - 1
  let resumed = 0
  for (;;) {
    const { rows } = await context.db.pool.query<{ id: number; verb: number | null }>(
      `select m.id, m.verb from engine.message m
        where m.tenant = $1 and m.id > $2
          and m.revision = any(select id from engine.route_revision where tenant = $1 and route = $3)
        order by m.id limit $4`,
      [context.tenant, cursor, runtime.name, pageRows],
    )
    const events = await context.reader.events(rows.map(({ id }) => id))
    for (const row of rows) {
      if (await resumeOrBury(context, runtime, find, row, events.get(row.id) ?? [])) resumed += 1
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) return resumed
    cursor = last.id
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
  row: { readonly id: number; readonly verb: number | null },
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

/** Where the next recovery of each route may begin. One small row a route; the journal itself is never updated. */
export async function saveCheckpoints(context: EngineContext, routes: readonly RouteRuntime[]): Promise<void> {
  await context.db.pool.query(
    `insert into engine.checkpoint (tenant, route, node, low_id)
     select $1, c.route, $4, c.low_id from unnest($2::text[], $3::int8[]) as c (route, low_id)
     on conflict (tenant, route, node) do update set low_id = excluded.low_id
      where engine.checkpoint.low_id <> excluded.low_id`,
    [
      context.tenant,
      routes.map(({ name }) => name),
      numberArray(routes.map(({ unsettled }) => unsettled.low(quietSince(context)))),
      context.node,
    ],
  )
}

export async function loadCheckpoints(context: EngineContext): Promise<ReadonlyMap<string, number>> {
  const { rows } = await context.db.pool.query<{ route: string; low_id: number }>(
    'select route, min(low_id) as low_id from engine.checkpoint where tenant = $1 group by route',
    [context.tenant],
  )
  return new Map(rows.map(({ route, low_id }) => [route, low_id]))
}

/** Longer than any commit takes: what has an older id was admitted, or refused. */
const commitMsMax = 600_000

export function quietSince(context: EngineContext): number {
  return idFromTime(context.now() - commitMsMax - context.limits.journalDeadlineMs)
}
