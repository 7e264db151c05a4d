import type { Caller } from '../access/caller.ts'
import { isVisible } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { type Runner, tooCostly } from '../search/run-statement.ts'
import { plainArray, textArray } from '../storage/array-literal.ts'
import { resourceTable } from '../storage/resource-table.ts'
import type { ResourceName } from '../storage/stored.ts'
import { instant } from '../storage/write-rows.ts'
import { careDates } from './care-dates.ts'

/** Where a member stands in the order of members: by type, then by `rid`. */
export type MemberPlace = { readonly type: string; readonly rid: number }

export type Member = ResourceName & MemberPlace & { readonly at: number; readonly content: string }

/** Epoch milliseconds, from `lowMs` up to `highMs`; infinite where a side is open. */
export type CareDates = { readonly lowMs: number; readonly highMs: number }

export type MemberRequest = {
  readonly caller: Caller
  /** Whose compartment it is. The resource itself is not among its members here. */
  readonly focus: ResourceName
  readonly dates: CareDates | undefined
}

/** Rows of a statement that reads content: with 2 kB each about 1 MB. */
const batchRows = 500

/**
 * Where the members of a compartment stand, of the types that the caller may read, in order. One look into one index for all
 * types, without contents: a page can begin behind any of them.
 *
 * @throws HubError 503 `search-too-costly`: more than `everythingMembersMax`
 */
export async function memberPlaces(
  context: HubContext,
  runner: Runner,
  { caller, focus, dates }: MemberRequest,
): Promise<readonly MemberPlace[]> {
  const { keys, tenant } = context.store
  const types = memberTypes(context, focus.type).filter(type => caller.access('read', type) !== 'none')
  if (types.length === 0) return []
  const { everythingMembersMax: placesMax } = context.limits
  const compartment = keys.compartment(focus.type, keys.resource(focus.type, focus.id))
  const places = await runner.query<MemberPlace>({
    text: `select r.type, r.rid from hub.resource r
            where r.tenant = $1 and r.type = any($2::text[]) and r.tokens @> $3::int8[] and not r.deleted
              and not (r.type = $4 and r.id = $5) ${dates === undefined ? '' : withinDates} limit ${placesMax + 1}`,
    values: [
      tenant,
      textArray(types),
      plainArray([compartment]),
      focus.type,
      focus.id,
      ...(dates === undefined ? [] : dateValues(context, types, dates)),
    ],
  })
  if (places.length > placesMax) throw tooCostly()
  return places.toSorted(comparePlaces)
}

/** The members at these places that the caller may read, batch by batch. */
export async function* readMembers(
  context: HubContext,
  runner: Runner,
  caller: Caller,
  places: readonly MemberPlace[],
): AsyncGenerator<readonly Member[]> {
  for (const batch of batchesOf(places)) {
    const [{ type }] = batch
    const rows = await runner.query<Member>({
      text: `select type, rid, id, at, content from ${resourceTable(type)}
              where tenant = $1 and type = '${type}' and rid = any($2::int8[]) and not deleted order by rid`,
      values: [context.store.tenant, plainArray(batch.map(({ rid }) => rid))],
    })
    yield rows.filter(row => isVisible(context, caller, 'read', row))
  }
}

export function comparePlaces(a: MemberPlace, b: MemberPlace): number {
  return compare(a.type, b.type) || a.rid - b.rid
}

/** As cursors compare, whatever the locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Of one type each. */
function* batchesOf(places: readonly MemberPlace[]): Generator<readonly [MemberPlace, ...MemberPlace[]]> {
  let batch: [MemberPlace, ...MemberPlace[]] | undefined
  for (const place of places) {
    if (batch === undefined || batch[0].type !== place.type || batch.length >= batchRows) {
      if (batch !== undefined) yield batch
      batch = [place]
    } else batch.push(place)
  }
  if (batch !== undefined) yield batch
}

/** Types that may be in compartments of a type, that type, and Binary (FHIR R4 compartmentdefinition.html). */
function memberTypes(context: HubContext, code: string): readonly string[] {
  const definition = context.compartments.find(compartment => compartment.code === code)
  const types = (definition?.resource ?? []).filter(({ param }) => (param ?? []).length > 0).map(each => each.code)
  return [...new Set([code, 'Binary', ...types])].filter(type => context.resourceTypes.has(type))
}

/**
 * What has no date of care (allergies, relatives, the patient) belongs to all times. An aggregate of the few dates of each
 * member: as `exists` the planner would hash the dates of everyone (170 ms of it with 60,000 resources).
 */
const withinDates = `
  and coalesce((select bool_or(d.low < $8::int8 and d.high > $7::int8) from hub.date d
                 where d.tenant = $1 and d.rid = r.rid and d.param = any($6::int8[])), true)`

function dateValues({ store }: HubContext, types: readonly string[], { lowMs, highMs }: CareDates): readonly string[] {
  const params = types.flatMap(type => (careDates[type] ?? []).map(code => store.keys.param(type, code)))
  return [plainArray(params), instant(lowMs), instant(highMs)]
}
