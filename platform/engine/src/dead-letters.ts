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

type Cause = { readonly route: string; readonly step: string; readonly code: string }

/** Answers the route's `groupBy`, so that a thousand messages with one cause are one line. Same order. */
export type GroupKeys = (route: string, causes: readonly Cause[]) => Promise<readonly string[]>

/** A route is asked once for each cause: its answer depends on nothing else. */
export class DeadLetterGroups {
  readonly #ask: GroupKeys
  readonly #known = new Map<string, string>()

  constructor(ask: GroupKeys) {
    this.#ask = ask
  }

  /** Must be called with these rows before `keyOf` is. */
  async learn(rows: readonly CauseRow[]): Promise<void> {
    const missing = new Map<string, Cause[]>()
    const asked = new Set<string>()
    for (const row of rows) {
      const cause = causeOf(row)
      const id = idOf(cause)
      if (this.#known.has(id) || asked.has(id)) continue
      asked.add(id)
      missing.set(cause.route, [...(missing.get(cause.route) ?? []), cause])
    }
    for (const [route, causes] of missing) {
      const keys = await this.#ask(route, causes)
      // The route's name stands before its own key, because two routes may use the same words.
      for (const [index, cause] of causes.entries()) this.#known.set(idOf(cause), `${route}/${keys[index] ?? ''}`)
    }
  }

  keyOf(row: CauseRow): string {
    return this.#known.get(idOf(causeOf(row))) ?? ''
  }

  /** Another revision may group differently. */
  forget(): void {
    this.#known.clear()
  }
}

type CauseRow = Pick<DeadRow, 'route' | 'destination' | 'step' | 'code'>

function causeOf({ route, step, destination, code }: CauseRow): Cause {
  return { route, step: step ?? destination ?? 'route', code: code ?? 'unknown' }
}

function idOf({ route, step, code }: Cause): string {
  return `${route}\u0000${step}\u0000${code}`
}

export async function deadLetterGroups(
  context: EngineContext,
  keys: DeadLetterGroups,
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
  await keys.learn(rows)
  const groups = new Map<string, DeadLetterGroup>()
  for (const row of rows) {
    const key = keys.keyOf(row)
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
  keys: DeadLetterGroups,
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
    await keys.learn(rows)
    for (const row of rows) {
      cursor = row.id
      if (filter.group !== undefined && keys.keyOf(row) !== filter.group) continue
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

function earlier(before: string | undefined, at: string): string {
  return before !== undefined && before < at ? before : at
}
