import type { EngineContext } from './engine-context.ts'
import { eventKinds } from './event-kind.ts'
import { isoOf } from './message-search.ts'
import type { DeadLetter, DeadLetterGroup, Page } from './views.ts'

type DeadRow = {
  readonly id: number
  readonly messageId: number
  readonly route: string
  readonly destination: string | null
  readonly part: number
  readonly step: string | null
  readonly type: string | null
  readonly controlId: string | null
  readonly code: string | null
  readonly detail: string | null
  readonly attempt: number
}

/** A dead event stands until something opened or discarded the same delivery after it. */
const deadSql = `
  from engine.event e
  join engine.message m on m.tenant = e.tenant and m.id = e.message_id
  join engine.route_revision r on r.tenant = m.tenant and r.id = m.revision
 where e.tenant = $1 and e.kind = ${eventKinds.dead} and ($2::text is null or r.route = $2)
   and not exists (
     select from engine.event l
      where l.tenant = e.tenant and l.message_id = e.message_id and l.id > e.id
        and l.destination is not distinct from e.destination and l.part = e.part
        and l.kind in (${eventKinds.delivered}, ${eventKinds.discarded}, ${eventKinds.reprocess}, ${eventKinds.resent}, ${eventKinds.redirected}, ${eventKinds.dead}))`

const rowSql = `
  e.id, e.message_id as "messageId", r.route, e.destination, e.part, e.step, m.type, m.control_id as "controlId",
  e.code, e.detail, e.attempt`

/** Groups by the route's `groupBy`, so that a thousand messages with one cause are one line. */
export type GroupKey = (letter: { readonly route: string; readonly step: string; readonly code: string }) => string

export async function deadLetterGroups(
  context: EngineContext,
  groupKey: GroupKey,
  filter: { readonly route?: string },
): Promise<readonly DeadLetterGroup[]> {
  const { rows } = await context.db.pool.query<
    Omit<DeadRow, 'id' | 'messageId' | 'part' | 'type' | 'controlId' | 'attempt'> & {
      readonly count: number
      readonly first: number
      readonly last: number
    }
  >(
    `select r.route, e.destination, e.step, e.code, max(e.detail) as detail, count(*)::int4 as count, min(e.id) as first,
            max(e.id) as last
     ${deadSql} group by 1, 2, 3, 4 order by last desc`,
    [context.tenant, filter.route ?? null],
  )
  const groups = new Map<string, DeadLetterGroup>()
  for (const row of rows) {
    const key = keyOf(groupKey, row)
    const before = groups.get(key)
    groups.set(key, {
      key,
      route: row.route,
      destination: row.destination,
      step: row.step,
      code: row.code ?? 'unknown',
      text: row.detail ?? '',
      count: (before?.count ?? 0) + row.count,
      firstAt: earlier(before?.firstAt, isoOf(row.first)),
      lastAt: before?.lastAt ?? isoOf(row.last),
    })
  }
  return [...groups.values()]
}

export async function deadLetters(
  context: EngineContext,
  groupKey: GroupKey,
  filter: { readonly group?: string; readonly route?: string; readonly limit?: number; readonly cursor?: string },
): Promise<Page<DeadLetter>> {
  const limit = Math.min(filter.limit ?? 50, context.limits.pageRowsMax)
  const items: DeadLetter[] = []
  let cursor = Number(filter.cursor ?? Number.MAX_SAFE_INTEGER)
  for (;;) {
    const { rows } = await context.db.pool.query<DeadRow>(
      `select ${rowSql} ${deadSql} and e.id < $3 order by e.id desc limit $4`,
      [context.tenant, filter.route ?? null, cursor, context.limits.pageRowsMax],
    )
    for (const row of rows) {
      cursor = row.id
      if (filter.group !== undefined && keyOf(groupKey, row) !== filter.group) continue
      items.push(letter(row))
      if (items.length === limit) return { items, nextCursor: String(cursor) }
    }
    if (rows.length < context.limits.pageRowsMax) return { items, nextCursor: null }
  }
}

export async function countDeadLetters(context: EngineContext): Promise<number> {
  const { rows } = await context.db.pool.query<{ count: number }>(`select count(*)::int4 as count ${deadSql}`, [
    context.tenant,
    null,
  ])
  return rows[0]?.count ?? 0
}

function letter(row: DeadRow): DeadLetter {
  return {
    messageId: row.messageId,
    eventId: row.id,
    at: isoOf(row.id),
    route: row.route,
    destination: row.destination,
    part: row.part,
    step: row.step,
    type: row.type,
    controlId: row.controlId,
    code: row.code ?? 'unknown',
    text: row.detail ?? '',
    attempts: row.attempt,
  }
}

/** The route's name stands before its own key, because two routes may use the same words. */
function keyOf(groupKey: GroupKey, row: Pick<DeadRow, 'route' | 'destination' | 'step' | 'code'>): string {
  const step = row.step ?? row.destination ?? 'route'
  return `${row.route}/${groupKey({ route: row.route, step, code: row.code ?? 'unknown' })}`
}

function earlier(before: string | undefined, at: string): string {
  return before !== undefined && before < at ? before : at
}
