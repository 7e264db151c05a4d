import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestDatabase, testDatabase } from '@samband/store'
import { type HubContext, openHub } from '../src/index.ts'
import { plainArray } from '../src/storage/array-literal.ts'
import { loadPopulation } from './population/index.ts'

let database: TestDatabase
let context: HubContext

const size = {
  patients: 20,
  encounters: 30,
  observations: 500,
  conditions: 60,
  medicationRequests: 60,
  diagnosticReports: 40,
}

before(async () => {
  database = await testDatabase()
  context = await openHub({ db: database.db, tenant: 1, node: 0, baseUrl: 'https://fhir.example/fhir' })
  await loadPopulation(context, size)
})

after(async () => {
  await context.store.close()
  await database.close()
})

for (const type of ['Patient', 'Encounter', 'Observation', 'Condition', 'MedicationRequest', 'DiagnosticReport']) {
  test(`a ${type} of the population has the rows that the indexer makes, and is valid`, async () => {
    const { rows } = await database.db.pool.query<Row>(
      `select id, rid, key::text, at, tokens::text[], refs::text[], content,
              array(select concat_ws('/', param, low, high) from hub.date d where d.rid = r.rid order by 1) as dates,
              array(select concat_ws('/', param, low, high, unit) from hub.quantity q where q.rid = r.rid order by 1) as quantities
         from hub.resource r where type = $1 order by id limit 20`,
      [type],
    )
    assert.ok(rows.length >= 20)
    for (const row of rows) {
      const resource = JSON.parse(row.content) as Record<string, never>
      const made = context.indexer.rows(resource)
      assert.equal(row.key, context.store.keys.resource(type, row.id))
      assert.deepEqual(row.tokens.toSorted(), [...made.tokens].toSorted())
      assert.deepEqual(pairs(row.refs), pairs(made.refs))
      assert.deepEqual(
        row.dates,
        made.dates.map(date => [date.param, instantOf(date.low), instantOf(date.high)].join('/')).toSorted(),
      )
      assert.deepEqual(
        row.quantities.map(digits).toSorted(),
        made.quantities.map(q => digits([q.param, q.low, q.high, q.unit].join('/'))).toSorted(),
      )
      assert.deepEqual(
        context.validator.validate(resource).filter(({ severity }) => severity === 'error'),
        [],
      )
    }
  })
}

test('all that were asked for are there, each with a number of its own and a change', async () => {
  const { rows } = await database.db.pool.query(
    `select (select count(*) from hub.resource) as resources, (select count(distinct rid) from hub.resource) as rids,
            (select count(*) from hub.change) as changes, (select count(distinct id) from hub.resource_observation) as observations`,
  )
  const resources = 20 + 30 + 500 + 60 + 60 + 40 + 41
  assert.deepEqual(rows, [{ resources, rids: resources, changes: resources, observations: 500 }])
})

type Row = {
  readonly id: string
  readonly key: string
  readonly content: string
  readonly tokens: readonly string[]
  readonly refs: readonly string[]
  readonly dates: readonly string[]
  readonly quantities: readonly string[]
}

function pairs(refs: readonly string[]): string[] {
  return refs.flatMap((param, index) => (index % 2 === 0 ? [`${param}/${refs[index + 1]}`] : [])).toSorted()
}

/** Values in base units are computed in another way here: nine digits are the same. */
function digits(row: string): string {
  const [param, low, high, ...more] = row.split('/')
  return [param, Number(low).toPrecision(9), Number(high).toPrecision(9), ...more].join('/')
}

function instantOf(ms: number): string {
  return Number.isFinite(ms)
    ? String(ms)
    : plainArray([ms > 0 ? '9223372036854775807' : '-9223372036854775808']).slice(1, -1)
}
