import type { Caller, VisibilityFilter } from '../access/caller.ts'
import { isVisible } from '../access/visibility.ts'
import type { HubContext } from '../hub-context.ts'
import { parseStored } from '../http/subset-text.ts'
import { Runner, tooCostly } from '../search/run-statement.ts'
import { plainArray } from '../storage/array-literal.ts'
import type { Key } from '../storage/keys.ts'
import { resourceTable } from '../storage/resource-table.ts'
import { labelKey, type MetaSets, setsOf } from './meta-value.ts'

/** The parameters that index the sets of meta. */
const parameters = ['_profile', '_security', '_tag'] as const

/** Rows of a statement. */
const pageRows = 500

type SummaryRequest = { readonly caller: Caller; readonly types: readonly string[]; readonly signal?: AbortSignal }

/**
 * Profiles, tags and labels in use. Where the caller sees all of a type, by the values that the index knows: each costs a
 * look for one resource that has it, however many there are. Where only some, by reading those.
 *
 * @throws HubError 503 `search-too-costly`: too many values, too many resources to read, or too long
 */
export async function collectSets(context: HubContext, { caller, types, signal }: SummaryRequest): Promise<MetaSets> {
  const runner = new Runner(context, signal === undefined ? {} : { signal })
  const found = new FoundSets(context.limits.metaValuesMax)
  const whole = types.filter(type => caller.access('read', type) === 'all')
  await collectListed(context, runner, whole, found)
  let left = context.limits.everythingMax
  for (const type of types) {
    const visibility = caller.access('read', type)
    if (visibility === 'all' || visibility === 'none') continue
    left = await collectVisible(context, runner, { caller, type, filters: visibility, rowsMax: left, found })
  }
  return found.sets()
}

class FoundSets {
  readonly #max: number
  readonly #profiles = new Set<string>()
  readonly #labels = {
    security: new Map<string, MetaSets['security'][number]>(),
    tag: new Map<string, MetaSets['tag'][number]>(),
  }

  constructor(max: number) {
    this.#max = max
  }

  add(sets: MetaSets): void {
    for (const profile of sets.profile) this.#profiles.add(profile)
    for (const kind of ['security', 'tag'] as const) {
      for (const label of sets[kind]) {
        const key = labelKey(label)
        // Version and display may differ from one resource to the next: the first is as good as any.
        if (!this.#labels[kind].has(key)) this.#labels[kind].set(key, label)
      }
    }
    if (this.#profiles.size + this.#labels.security.size + this.#labels.tag.size > this.#max) throw tooCostly()
  }

  sets(): MetaSets {
    const sorted = (labels: ReadonlyMap<string, MetaSets['tag'][number]>): MetaSets['tag'] =>
      [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, label]) => label)
    return {
      profile: [...this.#profiles].toSorted(),
      security: sorted(this.#labels.security),
      tag: sorted(this.#labels.tag),
    }
  }
}

type ListedRow = { readonly param: string; readonly hash: string; readonly value: string }

/** `hub.term` has each value that was ever used; a resource that has it now tells it whole. */
async function collectListed(
  context: HubContext,
  runner: Runner,
  types: readonly string[],
  found: FoundSets,
): Promise<void> {
  const { keys, tenant } = context.store
  const { metaValuesMax } = context.limits
  const places = new Map(
    types.flatMap(type => parameters.map(parameter => [keys.param(type, parameter), { type, parameter }] as const)),
  )
  if (places.size === 0) return
  const rows = await runner.query<ListedRow>({
    text: `select param::text as param, hash::text as hash, value from hub.term
            where tenant = $1 and param = any($2::int8[]) and kind in ('code', 'uri') limit ${metaValuesMax + 1}`,
    values: [tenant, plainArray([...places.keys()])],
  })
  if (rows.length > metaValuesMax) throw tooCostly()
  for (const { param, hash, value } of rows) {
    const place = places.get(param)
    if (place !== undefined) await collectValue(context, runner, { ...place, hash, value }, found)
  }
}

/** Labels with one code may be of several systems: a resource that has none of those that were found is looked for. */
async function collectValue(
  context: HubContext,
  runner: Runner,
  { type, parameter, hash, value }: { type: string; parameter: (typeof parameters)[number]; hash: Key; value: string },
  found: FoundSets,
): Promise<void> {
  const { keys, tenant } = context.store
  const seen = new Set<Key>()
  for (;;) {
    const [row] = await runner.query<{ content: string }>({
      text: `select content from ${resourceTable(type)}
              where tenant = $1 and type = '${type}' and tokens @> $2::int8[] and not tokens && $3::int8[] limit 1`,
      values: [tenant, plainArray([hash]), plainArray([...seen])],
    })
    if (row === undefined) return
    const sets = setsOf(parseStored(row.content)['meta'])
    found.add(sets)
    if (parameter === '_profile') return
    const known = seen.size
    for (const { system, code } of parameter === '_tag' ? sets.tag : sets.security) {
      if (code !== value) continue
      seen.add(
        typeof system === 'string'
          ? keys.token(type, parameter, system, value)
          : keys.token(type, parameter, '', value),
      )
      if (system === undefined) seen.add(keys.systemlessToken(type, parameter, value))
    }
    if (seen.size === known) return
  }
}

/** @returns how many rows may still be read */
async function collectVisible(
  context: HubContext,
  runner: Runner,
  asked: {
    readonly caller: Caller
    readonly type: string
    readonly filters: readonly VisibilityFilter[]
    readonly rowsMax: number
    readonly found: FoundSets
  },
): Promise<number> {
  const { caller, type, filters, found } = asked
  const { keys, tenant } = context.store
  const present = parameters.map(parameter => keys.present(type, parameter))
  const compartments = filters.map(({ compartment }) =>
    compartment === undefined
      ? undefined
      : keys.compartment(compartment.type, keys.resource(compartment.type, compartment.id)),
  )
  const within = compartments.every(key => key !== undefined) ? 'and tokens && $5::int8[]' : ''
  let { rowsMax } = asked
  let after = 0
  for (;;) {
    if (rowsMax <= 0) throw tooCostly()
    const rows = await runner.query<{ rid: number; id: string; content: string }>({
      text: `with candidates as materialized (
               select rid, id, content from ${resourceTable(type)}
                where tenant = $1 and type = '${type}' and tokens && $2::int8[] ${within}
             ) select rid, id, content from candidates where rid > $3 order by rid limit $4`,
      values: [
        tenant,
        plainArray(present),
        after,
        pageRows,
        ...(within === '' ? [] : [plainArray(compartments.map(key => key ?? ''))]),
      ],
    })
    for (const { id, content } of rows) {
      if (isVisible(context, caller, 'read', { type, id, content })) found.add(setsOf(parseStored(content)['meta']))
    }
    rowsMax -= rows.length
    after = rows.at(-1)?.rid ?? after
    if (rows.length < pageRows) return rowsMax
  }
}
