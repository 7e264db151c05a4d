import type { JsonObject } from '@samband/fhir/fhirpath'
import { type Criterion, matchesCriterion } from '@samband/fhir/search'
import type { StoredResource } from '../storage/stored.ts'
import type { Condition } from './condition.ts'
import type { Position } from './cursor.ts'
import type { Order } from './order.ts'
import { type Plan, planSearch } from './plan.ts'
import { tooCostly } from './run-statement.ts'
import { hasWords, matchPorts, type SearchScope } from './scope.ts'
import { type PageRow, pageStatement } from './statement.ts'

/** What a search asks of one type. */
export type TypeSearch = {
  readonly type: string
  readonly condition: Condition
  /** What SQL could only approximate. */
  readonly compared: readonly Criterion[]
  readonly see?: ((resource: StoredResource) => boolean) | undefined
}

export type Match = { readonly resource: StoredResource; readonly position: Position }

export type Span = {
  readonly order: Order
  readonly after?: Position | undefined
  readonly backward: boolean
  readonly limit: number
}

/** Rows that are compared for one page before it is given up. */
export const comparedMax = 200_000

/** The next matches of one type, in the direction of the span: nearest first. */
export async function fetchMatches(scope: SearchScope, search: TypeSearch, span: Span): Promise<readonly Match[]> {
  if (search.condition.kind === 'never' || span.limit <= 0) return []
  const isRough = search.compared.length > 0 || search.see !== undefined
  const matches: Match[] = []
  let { after } = span
  let batch = isRough ? 2 * span.limit : span.limit
  for (let looked = 0; ; ) {
    const rows = await fetchRows(scope, search, { ...span, after, limit: batch })
    for (const row of rows) {
      const match = matchOf(search.type, row)
      if (isRough && !isMatch(scope, search, match.resource)) continue
      matches.push(match)
      if (matches.length === span.limit) return matches
    }
    const last = rows.at(-1)
    if (rows.length < batch || last === undefined) return matches
    looked += rows.length
    if (looked > comparedMax) throw tooCostly()
    after = { values: last.sorted, rid: last.rid }
    batch = Math.min(2_000, batch * 2)
  }
}

export function matchOf(type: string, { sorted, ...row }: PageRow): Match {
  return { resource: { ...row, type }, position: { values: sorted, rid: row.rid } }
}

function isMatch(scope: SearchScope, { compared, see }: TypeSearch, resource: StoredResource): boolean {
  if (see?.(resource) === false) return false
  if (compared.length === 0) return true
  // What was stored was read strictly; the digits of decimals do not matter to a comparison.
  const content = JSON.parse(resource.content ?? '{}') as JsonObject
  const { index } = scope.context.extractor().extract(content)
  const ports = {
    ...matchPorts(scope),
    hasWords: (_: unknown, where: 'narrative' | 'content', text: string) => hasWords(content, where, text),
  }
  return compared.every(criterion => matchesCriterion(criterion, index, ports) === true)
}

/** Rows of one statement, or of two: values of a narrow table in their order, then what has no such value. */
async function fetchRows(scope: SearchScope, search: TypeSearch, span: Span): Promise<readonly PageRow[]> {
  const { type, condition } = search
  const plan = await planSearch(scope, type, condition, { order: span.order, limit: span.limit })
  if (plan.driver.kind !== 'rows-walk') return await fetchByPlan(scope, type, plan, span)
  return await fetchWalk(scope, type, plan, span)
}

async function fetchByPlan(scope: SearchScope, type: string, plan: Plan, span: Span): Promise<readonly PageRow[]> {
  const rows = await scope.runner.query<PageRow>(pageStatement(scope, type, plan, span))
  if (rows.length >= span.limit || plan.otherwise === undefined) return rows
  return await scope.runner.query<PageRow>(pageStatement(scope, type, plan.otherwise, span))
}

async function fetchWalk(scope: SearchScope, type: string, plan: Plan, span: Span): Promise<readonly PageRow[]> {
  const { after, backward, limit } = span
  const inNulls = after !== undefined && after.values[0] === null
  const withValues = async (from: Position | undefined, left: number): Promise<readonly PageRow[]> =>
    await scope.runner.query<PageRow>(pageStatement(scope, type, plan, { ...span, after: from, limit: left }))
  const withNone = async (from: Position | undefined, left: number): Promise<readonly PageRow[]> =>
    await fetchWithout(scope, type, plan, span, from, left)
  const [first, second] = backward ? [withNone, withValues] : [withValues, withNone]
  // A place among those without a value is past those with one, or before them.
  if (inNulls !== backward && after !== undefined) return await second(after, limit)
  const rows = await first(after, limit)
  return rows.length >= limit ? rows : [...rows, ...(await second(undefined, limit - rows.length))]
}

/** Those that have no value of what is sorted by: in the order of their rids, after all others. */
async function fetchWithout(
  scope: SearchScope,
  type: string,
  plan: Plan,
  { order, backward }: Span,
  from: Position | undefined,
  limit: number,
): Promise<readonly PageRow[]> {
  const [key] = order.keys
  if (plan.driver.kind !== 'rows-walk' || key === undefined || plan.driver.rows.single) return []
  const present: Condition = { kind: 'tokens', keys: [scope.context.store.keys.present(type, key.code)] }
  const condition: Condition = { kind: 'and', parts: [...plan.filters, { kind: 'not', part: present }] }
  const byRid: Order = { keys: [], descending: order.descending }
  const after = from === undefined ? undefined : { values: [], rid: from.rid }
  const span = { order: byRid, after, backward, limit }
  const rest = await planSearch(scope, type, condition, span)
  const rows = await fetchByPlan(scope, type, rest, span)
  return rows.map(row => ({ ...row, sorted: [null] }))
}
