import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { type TestDatabase, testDatabase } from '@samband/store'
import { type HubContext, openHub, systemCaller } from '../src/index.ts'
import { versionOf } from '../src/hub-context.ts'
import { parseQuery } from '../src/search/parse-query.ts'
import { search } from '../src/search/search.ts'

let database: TestDatabase
let context: HubContext

const quantity = (value: number): object => ({
  valueQuantity: { value, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
})
const loinc = (code: string): object => ({ code: { coding: [{ system: 'http://loinc.org', code }] } })

before(async () => {
  database = await testDatabase()
  context = await openHub({ db: database.db, tenant: 1, node: 0, baseUrl: 'https://fhir.example/fhir' })
  const { ids } = context.store
  const resources = {
    whole: { ...loinc('8478-0'), ...quantity(93) },
    parts: {
      ...loinc('85354-9'),
      component: [
        { ...loinc('8480-6'), ...quantity(120) },
        { ...loinc('8462-4'), ...quantity(80) },
      ],
    },
  }
  for (const [id, parts] of Object.entries(resources)) {
    const resource = { resourceType: 'Observation', status: 'final', ...parts } as JsonObject
    const name = { type: 'Observation', id, method: 'create', exists: false, version: 1, at: Date.now() } as const
    await context.store.create(versionOf(context, resource, { ...name, rid: ids.next() }))
  }
})

after(async () => {
  await context.store.close()
  await database.close()
})

async function found(criteria: string): Promise<readonly string[]> {
  const { query } = parseQuery(context, { type: 'Observation', pairs: criteria, lenient: false })
  return (await search(context, { query, caller: systemCaller })).matches.map(({ id }) => id)
}

for (const [criteria, ids] of [
  ['combo-value-quantity=gt90', ['whole', 'parts']],
  ['combo-value-quantity=80|http://unitsofmeasure.org|mm[Hg]', ['parts']],
  ['combo-value-quantity=gt90&_sort=combo-value-quantity', ['parts', 'whole']],
  ['combo-value-quantity=gt90&_sort=-combo-value-quantity', ['parts', 'whole']],
  ['_sort=-value-quantity', ['whole', 'parts']],
  ['value-quantity=gt90', ['whole']],
  ['component-value-quantity=gt90', ['parts']],
  ['combo-code-value-quantity=8480-6$gt100', ['parts']],
  ['combo-code-value-quantity=8462-4$gt100', []],
  ['combo-code-value-quantity=http://loinc.org|8478-0$93', ['whole']],
  ['combo-value-quantity:missing=true', []],
  ['combo-value-quantity:missing=false', ['whole', 'parts']],
] as const) {
  test(`${criteria} finds ${ids.join(' and ') || 'nothing'}`, async () => {
    assert.deepEqual(await found(criteria), ids)
  })
}

test('a result is kept under the parameter of its own place only', async () => {
  const { rows } = await database.db.pool.query<{ rows: number }>(
    'select count(*)::int as rows from hub.quantity where tenant = 1 and rid in (select rid from hub.resource_observation where id = $1)',
    ['whole'],
  )
  // As it is written and in the base unit: alone, and beside the code.
  assert.equal(rows[0]?.rows, 4)
})
