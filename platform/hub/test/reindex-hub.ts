import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '@samband/fhir/fhirpath'
import type { Database } from '@samband/store'
import { systemCaller } from '../src/access/caller.ts'
import { type HubOptions, openHub } from '../src/hub.ts'
import { type HubContext, versionOf } from '../src/hub-context.ts'
import { createResource } from '../src/interactions/create.ts'
import { updateResource } from '../src/interactions/update.ts'
import type { HubLimits } from '../src/limits.ts'
import { nameOf } from '../src/storage/hub-store.ts'

/** So that tests wait for nothing but what they are about. */
export const quickLimits: Partial<HubLimits> = {
  reindexDelayMs: 0,
  reindexPollMs: 20,
  reindexPauseRatio: 0,
  reindexBatch: 20,
  feedPollMs: 500,
}

export function openQuickHub(
  db: Database,
  node: number,
  options: Partial<HubOptions> & { readonly limits?: Partial<HubLimits> } = {},
): Promise<HubContext> {
  const limits = { ...quickLimits, ...options.limits }
  return openHub({ db, tenant: 1, baseUrl: 'https://fhir.example.org/fhir', ...options, node, limits })
}

/** A synthetic patient; `number` decides its values. */
export function patientOf(number: number): JsonObject {
  const day = String((number % 28) + 1).padStart(2, '0')
  return {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:oid:2.16.578.1.12.4.1.4.1', value: `150580${String(number).padStart(5, '0')}` }],
    name: [{ family: `Prøve${number % 50}`, given: ['Test'] }],
    gender: number % 2 === 0 ? 'female' : 'male',
    birthDate: `1980-05-${day}`,
    maritalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' }] },
  }
}

export function searchParameter(code: string, more: JsonObject = {}): JsonObject {
  return {
    resourceType: 'SearchParameter',
    url: `https://fhir.example.org/SearchParameter/${code}`,
    name: code.replaceAll('-', '_'),
    status: 'active',
    description: 'for a test',
    code,
    base: ['Patient'],
    type: 'token',
    expression: 'Patient.maritalStatus',
    ...more,
  }
}

export async function define(hub: HubContext, resource: JsonObject): Promise<string> {
  const { stored } = await createResource(hub, { caller: systemCaller, type: 'SearchParameter', resource })
  assert.ok(stored)
  return stored.id
}

export async function redefine(hub: HubContext, id: string, resource: JsonObject): Promise<void> {
  await updateResource(hub, { caller: systemCaller, type: 'SearchParameter', id, resource: { ...resource, id } })
}

/** Writes without validation, as fast as the storage goes. */
export async function put(hub: HubContext, type: string, id: string, resource: JsonObject): Promise<void> {
  const rid = hub.store.ids.next()
  await hub.store.create(
    versionOf(hub, resource, { type, id, rid, method: 'create', exists: false, version: 1, at: Date.now() }),
  )
}

export async function change(hub: HubContext, type: string, id: string, resource: JsonObject): Promise<void> {
  await hub.store.transaction(async transaction => {
    const current = (await transaction.lock([{ type, id }])).get(nameOf({ type, id }))
    assert.ok(current)
    const { rid, version } = current
    await transaction.write([
      versionOf(hub, resource, { type, id, rid, method: 'update', exists: true, version: version + 1, at: Date.now() }),
    ])
  })
}

/** Ids that a token finds. */
export async function found(hub: HubContext, type: string, code: string, value: string): Promise<readonly string[]> {
  const { rows } = await hub.store.db.pool.query<{ id: string }>(
    'select id from hub.resource where tenant = $1 and type = $2 and tokens @> array[$3::int8] order by id',
    [hub.store.tenant, type, hub.store.keys.token(type, code, undefined, value)],
  )
  return rows.map(({ id }) => id)
}

export async function until(what: string, isSo: () => boolean | Promise<boolean>, timeoutMs = 8_000): Promise<void> {
  const end = Date.now() + timeoutMs
  while (!(await isSo())) {
    assert.ok(Date.now() < end, `not within ${timeoutMs} ms: ${what}`)
    await sleep(10)
  }
}

const compared = [
  'select r.type, r.id, array(select unnest(tokens) order by 1)::text as row from hub.resource r where r.tenant = $1',
  'select r.type, r.id, refs::text as row from hub.resource r where r.tenant = $1',
  "select r.type, r.id, concat_ws('/', param, low, high) as row from hub.date n join hub.resource r using (tenant, rid) where n.tenant = $1",
  "select r.type, r.id, concat_ws('/', param, low, high, unit) as row from hub.quantity n join hub.resource r using (tenant, rid) where n.tenant = $1",
  "select r.type, r.id, concat_ws('/', param, value) as row from hub.string n join hub.resource r using (tenant, rid) where n.tenant = $1",
  "select r.type, r.id, concat_ws('/', param, latitude, longitude) as row from hub.position n join hub.resource r using (tenant, rid) where n.tenant = $1",
]

/**
 * Copies the definitions and then all resources, as they are stored, to a tenant of its own with the same salt, where the
 * ordinary write makes all rows: whatever differs from them is named.
 */
export async function differencesFromFreshIndex(hub: HubContext): Promise<readonly unknown[]> {
  const { store } = hub
  const { pool } = store.db
  const other = 100 + Math.floor(Math.random() * 1e6)
  await pool.query(
    `insert into hub.setting select $2, name, value from hub.setting where tenant = $1 and name = 'salt'`,
    [store.tenant, other],
  )
  const { rows } = await pool.query<{ type: string; id: string; version: number; at: number; content: string }>(
    `select type, id, version, at, content from hub.resource where tenant = $1 and not deleted order by type <> 'SearchParameter', rid`,
    [store.tenant],
  )
  const copy = async (into: HubContext, isDefinition: boolean): Promise<void> => {
    const chosen = rows.filter(({ type }) => (type === 'SearchParameter') === isDefinition)
    await Promise.all(
      chosen.map(({ type, id, version, at, content }) =>
        into.store.create(
          versionOf(into, JSON.parse(content) as JsonObject, {
            type,
            id,
            version,
            at,
            method: 'create',
            exists: false,
            rid: into.store.ids.next(),
          }),
        ),
      ),
    )
  }
  const settings = { tenant: other, reindex: false, baseUrl: hub.baseUrl }
  const fresh = await openQuickHub(store.db, 31, settings)
  await copy(fresh, true)
  const known = (each: HubContext): number => each.searchParameters().forType('Patient').size
  await until('the definitions are known there', () => known(fresh) === known(hub))
  await copy(fresh, false)
  await fresh.close()
  const differences: unknown[] = []
  for (const sql of compared) {
    const answer = await pool.query(
      `with a as (${sql} and r.type <> 'SearchParameter'), b as (${sql.replaceAll('$1', '$2')} and r.type <> 'SearchParameter')
       (select 'stored' as only, * from (select * from a except select * from b) x)
       union all (select 'fresh', * from (select * from b except select * from a) y) limit 20`,
      [store.tenant, other],
    )
    differences.push(...answer.rows)
  }
  return differences
}
