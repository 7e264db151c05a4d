import { type Queryable } from '@samband/store'
import { type HubContext, versionOf } from '../../src/hub-context.ts'
import { resourceTable } from '../../src/storage/resource-table.ts'
import { writeVersions, KnownTerms } from '../../src/storage/write-rows.ts'
import { organization, organizationId, patient, practitioner, practitionerCount, practitionerId } from './resources.ts'
import { withoutIndexes } from './scratch-indexes.ts'
import { loadType, prepareScratch } from './load-type.ts'
import { populationId, populationRid, type PopulationSize, populationStartMs } from './population-size.ts'

const batchRows = 500
/** Above it, indexes are built afterwards. */
const bulkMin = 100_000

/**
 * Fills an empty hub, for tests and benchmarks of searches: each row as the indexer would have made it, which a test
 * compares, but made by SQL of a few hundred that it did make. 1,000,000 resources in one to two minutes. Call it with
 * the hub's owner of the tables; nobody else may use them meanwhile.
 */
export async function loadPopulation(context: HubContext, size: PopulationSize): Promise<void> {
  const { db } = context.store
  const client = await db.dedicated('population')
  const worker = await db.dedicated('population')
  try {
    const total = Object.values(size).reduce((sum, count) => sum + count, 0)
    const fill = async (): Promise<void> => {
      await loadPeople(context, client, size.patients)
      await prepareScratch(client)
      for (const [type, count] of counts(size))
        await loadType({ context, clients: [client, worker], size, type, count })
      await client.query('drop schema sample cascade')
    }
    if (total < bulkMin) await fill()
    else await withoutIndexes(client, ['hub.resource', 'hub.date', 'hub.quantity', 'hub.string', 'hub.change'], fill)
    // What autovacuum would do a minute later; it never looks at the partitioned table itself.
    for (const [type] of [...counts(size), ['Patient'], ['Practitioner'], ['Organization']] as const) {
      await client.query(`vacuum (analyze) ${resourceTable(type)}`)
    }
    for (const table of ['date', 'quantity', 'string', 'position', 'term', 'change']) {
      await client.query(`vacuum (analyze) hub.${table}`)
    }
  } finally {
    await Promise.all([client.end(), worker.end()])
  }
}

/** In the order in which one refers to the other. */
function counts(size: PopulationSize): (readonly [type: string, count: number])[] {
  return [
    ['Encounter', size.encounters],
    ['Condition', size.conditions],
    ['MedicationRequest', size.medicationRequests],
    ['DiagnosticReport', size.diagnosticReports],
    ['Observation', size.observations],
  ]
}

async function loadPeople(context: HubContext, client: Queryable, patients: number): Promise<void> {
  const { tenant } = context.store
  const terms = new KnownTerms()
  const made = [
    { type: 'Organization', id: organizationId, resource: organization },
    ...Array.from({ length: practitionerCount }, (_, number) => ({
      type: 'Practitioner',
      id: practitionerId(number),
      resource: practitioner(number),
    })),
  ]
  const people = made.length + patients
  const at = (number: number): number => populationStartMs - people + number
  for (let from = 0; from < people; from += batchRows) {
    const batch = Array.from({ length: Math.min(batchRows, people - from) }, (_, index) => {
      const number = from + index
      const id = populationId('Patient', number - made.length)
      const { resource, ...name } = made[number] ?? { type: 'Patient', id, resource: patient(id, number - made.length) }
      return versionOf(context, resource as Record<string, never>, {
        ...name,
        method: 'create',
        exists: false,
        rid: populationRid(at(number)),
        version: 1,
        at: at(number),
      })
    })
    await client.query('begin')
    const fresh = await writeVersions(client, tenant, batch, terms)
    await client.query('commit')
    terms.add(fresh)
  }
}
