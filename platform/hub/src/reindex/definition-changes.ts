import { parseJson } from '@samband/fhir'
import type { SearchParameter } from '@samband/fhir/definitions'
import { isJsonObject, type JsonObject } from '@samband/fhir/fhirpath'
import { SearchParameters } from '@samband/fhir/search'
import type { Queryable } from '@samband/store'
import type { HubStore } from '../storage/hub-store.ts'
import { answeredByColumns } from '../storage/index-rows.ts'
import { changedSince, indexVersion } from './index-version.ts'
import type { OwnParameters } from './own-parameters.ts'
import { parameterName } from './parameter-state.ts'
import type { ReindexJobs } from './reindex-jobs.ts'
import { activeDefinition, indexingOf, typesOf } from './search-parameter.ts'

const seqSetting = 'search-parameters-seq'
const indexVersionSetting = 'index-version'
/** Changes of definitions that one transaction makes jobs of. */
const changesMax = 100

type ChangeRow = { readonly seq: number; readonly id: string; readonly version: number }

/**
 * Makes jobs of the changes of SearchParameters, once for all processes: the place in the change feed moves in the same
 * transaction, and who comes second waits and finds nothing left. Answers whether there were any.
 */
export async function enqueueDefinitionChanges(
  { store, jobs, registry }: { readonly store: HubStore; readonly jobs: ReindexJobs; readonly registry: OwnParameters },
  caller: string,
): Promise<boolean> {
  const standard = new SearchParameters(registry.standard, registry.resourceTypes)
  let some = false
  for (;;) {
    const count = await store.db.transaction(async client => {
      const from = await lockedSetting(client, store.tenant, seqSetting, '0')
      const { rows: changes } = await client.query<ChangeRow>(
        `select seq, id, version from hub.change where tenant = $1 and type = 'SearchParameter' and seq > $2 order by seq limit $3`,
        [store.tenant, from, changesMax],
      )
      const types = new Set<string>()
      const parameters = new Set<string>()
      for (const change of changes) {
        const before = await definitionAt(client, store.tenant, change.id, change.version - 1)
        const after = await definitionAt(client, store.tenant, change.id, change.version)
        for (const [type, code] of affected(before, after, standard)) {
          types.add(type)
          parameters.add(parameterName(type, code))
        }
      }
      const seq = changes.at(-1)?.seq
      if (seq === undefined) return 0
      if (types.size > 0) {
        await jobs.add(client, { reason: 'search-parameter', caller, types, parameters, seq, indexVersion })
      }
      await setSetting(client, store.tenant, seqSetting, String(seq))
      return changes.length
    })
    some ||= count > 0
    if (count < changesMax) return some
  }
}

/** A job for all types when the stored rows are of an older layout than this process writes; a new database has none. */
export async function enqueueIndexVersion(
  { store, jobs, registry }: { readonly store: HubStore; readonly jobs: ReindexJobs; readonly registry: OwnParameters },
  caller: string,
): Promise<void> {
  await store.db.transaction(async client => {
    const stored = Number(await lockedSetting(client, store.tenant, indexVersionSetting, String(indexVersion)))
    if (stored >= indexVersion) return
    const { rows } = await client.query(
      `select 1 from hub.reindex where tenant = $1 and reason = 'index-version' and index_version >= $2 and state <> 'cancelled'`,
      [store.tenant, indexVersion],
    )
    if (rows.length > 0) return
    const { resourceTypes: types } = registry
    const parameters = changedSince(stored)
    await jobs.add(client, { reason: 'index-version', caller, types, parameters, seq: 0, indexVersion })
  })
}

/** The place in the feed up to which definitions have become jobs. */
export async function definitionsSeq(client: Queryable, tenant: number): Promise<number> {
  const { rows } = await client.query<{ seq: number }>(
    'select coalesce(max(value::int8), 0) as seq from hub.setting where tenant = $1 and name = $2',
    [tenant, seqSetting],
  )
  return rows[0]?.seq ?? 0
}

/** Types and codes that are indexed in another way after the change. */
function affected(
  before: SearchParameter | undefined,
  after: SearchParameter | undefined,
  standard: SearchParameters,
): readonly (readonly [string, string])[] {
  const names = new Map<string, readonly [string, string]>()
  for (const definition of [before, after]) {
    if (definition === undefined || answeredByColumns.has(definition.code)) continue
    for (const type of typesOf(definition, standard.resourceTypes)) {
      names.set(parameterName(type, definition.code), [type, definition.code])
    }
  }
  const effective = (own: SearchParameter | undefined, type: string, code: string): string | undefined => {
    const isIts = own !== undefined && own.code === code && typesOf(own, standard.resourceTypes).includes(type)
    const definition = isIts ? own : standard.find(type, code)
    return definition === undefined ? undefined : indexingOf(definition, type)
  }
  return [...names.values()].filter(([type, code]) => effective(before, type, code) !== effective(after, type, code))
}

async function definitionAt(
  client: Queryable,
  tenant: number,
  id: string,
  version: number,
): Promise<SearchParameter | undefined> {
  const { rows } = await client.query<{ content: string | null }>(
    `select content from hub.resource where tenant = $1 and type = 'SearchParameter' and id = $2 and version = $3
     union all
     select content from hub.history where tenant = $1 and type = 'SearchParameter' and id = $2 and version = $3`,
    [tenant, id, version],
  )
  const resource = storedObject(rows[0]?.content ?? undefined)
  return resource === undefined ? undefined : activeDefinition(resource)
}

export function storedObject(content: string | undefined): JsonObject | undefined {
  if (content === undefined) return undefined
  const parsed = parseJson(content)
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined
}

/** The setting's value, made when missing; locked until the end of the transaction. */
export async function lockedSetting(client: Queryable, tenant: number, name: string, initial: string): Promise<string> {
  await client.query('insert into hub.setting (tenant, name, value) values ($1, $2, $3) on conflict do nothing', [
    tenant,
    name,
    initial,
  ])
  const { rows } = await client.query<{ value: string }>(
    'select value from hub.setting where tenant = $1 and name = $2 for update',
    [tenant, name],
  )
  return rows[0]?.value ?? initial
}

export async function setSetting(client: Queryable, tenant: number, name: string, value: string): Promise<void> {
  await client.query('update hub.setting set value = $3 where tenant = $1 and name = $2', [tenant, name, value])
}
