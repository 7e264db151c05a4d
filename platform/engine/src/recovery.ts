import { numberArray } from './array-literal.ts'
import type { EngineContext } from './engine-context.ts'
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
      if (await resumeMessage(runtime, context.reader, find, row, events.get(row.id) ?? [])) resumed += 1
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) return resumed
    cursor = last.id
  }
}

/** Where the next recovery of each route may begin. One small row a route; the journal itself is never updated. */
export async function saveCheckpoints(context: EngineContext, routes: readonly RouteRuntime[]): Promise<void> {
  await context.db.pool.query(
    `insert into engine.checkpoint (tenant, route, low_id)
     select $1, c.route, c.low_id from unnest($2::text[], $3::int8[]) as c (route, low_id)
     on conflict (tenant, route) do update set low_id = excluded.low_id
      where engine.checkpoint.low_id <> excluded.low_id`,
    [context.tenant, routes.map(({ name }) => name), numberArray(routes.map(({ unsettled }) => unsettled.low()))],
  )
}

export async function loadCheckpoints(context: EngineContext): Promise<ReadonlyMap<string, number>> {
  const { rows } = await context.db.pool.query<{ route: string; low_id: number }>(
    'select route, low_id from engine.checkpoint where tenant = $1',
    [context.tenant],
  )
  return new Map(rows.map(({ route, low_id }) => [route, low_id]))
}
