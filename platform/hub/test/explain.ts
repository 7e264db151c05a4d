/**
 * `node platform/hub/test/explain.ts [--resources 1000000] [--json] [--plans]`: fills a throw-away database, runs the typical searches and judges the
 * plan of every statement. The last line is "N passed, N failed, N skipped"; the exit code is 1 when one failed. Too long for
 * `npm test`, which does the same with 20,000 resources (explain.test.ts); `.ci/run` runs it.
 */
import { parseArgs } from 'node:util'
import { testDatabase } from '@samband/store'
import { openHub } from '../src/index.ts'
import { explainSearches } from './explain/explain-searches.ts'
import type { PlanLimits } from './explain/judge-plan.ts'
import { loadPopulation, populationOf } from './population/index.ts'

/** At a million: 60 ms a statement, with room for a machine that does other things as well. */
const limits: PlanLimits = { largeRows: 10_000, readRowsMax: 60_000, executionMsMax: 250, estimateFactorMax: 100 }

const { values } = parseArgs({
  options: {
    resources: { type: 'string', default: '1000000' },
    json: { type: 'boolean', default: false },
    plans: { type: 'boolean', default: false },
  },
})
const size = populationOf(Number(values.resources))
const database = await testDatabase()
const begun = performance.now()
const context = await openHub({
  db: database.db,
  tenant: 1,
  node: 0,
  baseUrl: 'https://fhir.example/fhir',
  reindex: false,
})
await loadPopulation(context, size)
console.log(`${values.resources} resources loaded in ${((performance.now() - begun) / 1000).toFixed(0)} s`)
const client = await database.db.dedicated('explain')
let passed = 0
let failed = 0
for await (const { name, url, found, ms, statements, problems } of explainSearches(context, client, size, limits)) {
  if (problems.length === 0) passed += 1
  else failed += 1
  const slowest = Math.max(...statements.map(({ executionMs }) => executionMs))
  const read = Math.max(...statements.map(({ readRows }) => readRows))
  if (values.json) console.log(JSON.stringify({ name, url, found, ms, slowest, read, problems }))
  else {
    console.log(
      `${problems.length === 0 ? ' ' : '!'} ${name.padEnd(36)} ${ms.toFixed(1).padStart(8)} ms, slowest statement ${slowest.toFixed(1).padStart(7)} ms, ` +
        `${String(read).padStart(6)} rows read, ${found} found`,
    )
    for (const problem of new Set(problems)) console.log(`    ${problem}: ${url}`)
  }
  if (values.plans)
    for (const { nodes, executionMs, text } of statements)
      console.log(`    ${executionMs.toFixed(1)} ms ${nodes}\n      ${text.replaceAll(/\s+/g, ' ')}`)
}
await client.end()
await context.store.close()
await database.close()
console.log(`${passed} passed, ${failed} failed, 0 skipped`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
