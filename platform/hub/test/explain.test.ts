import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type DatabaseClient, type TestDatabase, testDatabase } from '@samband/store'
import { type HubContext, openHub } from '../src/index.ts'
import { explainSearches, ordinary } from './explain/explain-searches.ts'
import { loadPopulation, populationOf, typicalSearches } from './population/index.ts'

/** The same as explain.ts does with a million resources; times are not judged here, since other tests run beside this one. */
const limits = { largeRows: 10_000, readRowsMax: 16_000, executionMsMax: 10_000, estimateFactorMax: 100 }
const size = populationOf(20_000)

let database: TestDatabase
let context: HubContext
let client: DatabaseClient

before(async () => {
  database = await testDatabase()
  context = await openHub({ db: database.db, tenant: 1, node: 0, baseUrl: 'https://fhir.example/fhir', reindex: false })
  await loadPopulation(context, size)
  client = await database.db.dedicated('explain')
})

after(async () => {
  await client.end()
  await context.store.close()
  await database.close()
})

test('no typical search reads a large table from end to end, and none but few find nothing', async () => {
  const problems: string[] = []
  const searches = new Map<string, number>()
  for await (const explained of explainSearches(context, client, size, limits, [ordinary])) {
    searches.set(explained.name, Math.max(searches.get(explained.name) ?? 0, explained.found))
    problems.push(...explained.problems.map(problem => `${explained.name}: ${problem}`))
  }
  assert.deepEqual(problems, [])
  assert.ok(searches.size >= 30)
  assert.equal(searches.size, new Set(typicalSearches(size).map(({ name }) => name)).size)
  const empty = [...searches].flatMap(([name, found]) => (found === 0 && !name.endsWith('-count') ? [name] : []))
  assert.ok(empty.length <= searches.size / 3, `${empty.join(', ')} find nothing`)
})

test('a plan that reads a large table from end to end is found out', async () => {
  const { ExplainedClient } = await import('./explain/explained-client.ts')
  const { judgePlan } = await import('./explain/judge-plan.ts')
  const explained = new ExplainedClient(client)
  await explained.client.query({
    text: `select count(*) from hub.resource_observation where content like $1`,
    values: ['%x%'],
  })
  const judged = explained.statements.map(each =>
    judgePlan(each, new Map([['resource_observation', 15_200]]), { ...limits, readRowsMax: 100 }),
  )
  assert.deepEqual(
    judged.map(({ problems }) => problems.map(text => text.replace(/\d+/, 'n'))),
    ['with values', 'for any values'].map(planned => [
      `reads all of resource_observation (planned ${planned})`,
      `looks at n rows (planned ${planned})`,
    ]),
  )
})
